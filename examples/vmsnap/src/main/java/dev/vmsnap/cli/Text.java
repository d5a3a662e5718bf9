package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Operation;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.VmSnapshots.VmList;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Says things to a person. */
final class Text implements Output {
    private static final int NAME_COLUMNS = 40;

    private final Terminal terminal;
    private final PrintStream out;
    private final Style style;
    private final Deeds deeds;

    Text(Terminal terminal, boolean colours) {
        this.terminal = terminal;
        this.out = terminal.out();
        this.style = Style.ofOutput(terminal, colours);
        this.deeds = new Deeds(style, terminal.clock(), out);
    }

    @Override
    public void vms(VmList list) {
        Table table = new Table(List.of("", "NAME", "ID", "NODE", "POWER", "SNAPSHOTS"), Set.of(1, 3));
        for (VmOverview vm : list.vms()) {
            table.row(List.of(
                    vm.hasSnapshots() || vm.damage().isPresent() ? style.marker() : "",
                    style.safe().line(vm.name(), NAME_COLUMNS),
                    vm.vm().value(),
                    style.safe(vm.node()
                            .or(() -> vm.lastNode().map(node -> "(" + node + ")"))
                            .orElse("-")),
                    vm.power().map(Units::words).orElse("-"),
                    vm.damage().isPresent() ? "damaged" : Integer.toString(vm.snapshots())));
        }
        if (list.vms().isEmpty()) {
            out.println(list.silentNodes().isEmpty() ? "No node has a VM." : "No node that answers has a VM.");
        } else {
            table.print(out, style);
        }
        list.silentNodes().forEach(node -> silent(node.name(), node.why()));
        out.flush();
    }

    @Override
    public void list(List<Inventory> inventories, List<VmOverview> damaged) {
        SnapshotTable table = new SnapshotTable(style, terminal.clock(), inventories);
        if (table.isEmpty()) {
            out.println("No snapshots.");
        } else {
            table.print(out);
        }
        damaged.forEach(vm -> out.println(style.paragraph(
                0, VmLookup.vm(vm).name() + ":", style::bad, vm.damage().orElseThrow() + ".")));
        inventories.forEach(one -> unknown(one, "of " + style.safe(one.vm().name()) + " "));
        out.flush();
    }

    @Override
    public void csv(List<Inventory> inventories) {
        new SnapshotCsv(style.safe()).print(out, inventories);
        out.flush();
    }

    @Override
    public void tree(Inventory inventory) {
        out.println(heading(inventory.vm()));
        unknown(inventory, "");
        if (inventory.tree().isEmpty()) {
            out.println("No snapshots.");
        } else {
            draw(inventory);
        }
        out.flush();
    }

    @Override
    public void show(Inventory inventory, Snapshot snapshot) {
        new Portrait(style, terminal.clock(), inventory.known()).print(out, inventory.vm(), inventory.tree(), snapshot);
        unknown(inventory, "");
        out.flush();
    }

    @Override
    public void status(VmOverview vm, Inventory inventory) {
        out.println(heading(inventory.vm()));
        String place = vm.node()
                .map(node -> vm.power().map(Units::words).orElse("there") + " on node " + style.safe(node))
                .orElse("on no node that answers");
        String taken = inventory.known().all().isEmpty()
                ? ""
                : ", " + Units.bytes(inventory.known().usedBytes()) + " used";
        out.println(place + ", " + Units.count(inventory.tree().size(), "snapshot") + taken);
        unknown(inventory, "");
        if (!inventory.tree().isEmpty()) {
            draw(inventory);
        }
        out.flush();
    }

    @Override
    public void usage(Inventory inventory) {
        if (inventory.tree().isEmpty()) {
            out.println("No snapshots.");
        } else if (inventory.known().all().isEmpty()) {
            out.println("The storage of these snapshots does not tell what they take.");
        } else {
            new UsageTable(style, inventory).print(out);
        }
        out.flush();
    }

    @Override
    public void notices(List<Verdict.Notice> notices) {
        notices.forEach(notice -> note(notice.message()));
        out.flush();
    }

    @Override
    public void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices) {
        deeds.done(deed, vm, snapshot);
        out.flush();
    }

    @Override
    public void restored(Vm vm, Restored restored, List<Verdict.Notice> notices) {
        deeds.restored(vm, restored);
        out.flush();
    }

    @Override
    public void cloned(Vm vm, Optional<Snapshot> of, List<Volume> copies, List<Verdict.Notice> notices) {
        deeds.cloned(vm, of, copies);
        out.flush();
    }

    @Override
    public void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left) {
        deeds.deleted(vm, gone, left);
        out.flush();
    }

    @Override
    public void expired(List<Due> due) {
        deeds.expired(due);
        out.flush();
    }

    @Override
    public void migrated(Vm vm, String node, SnapshotTree tree) {
        deeds.migrated(vm, node, tree);
        out.flush();
    }

    @Override
    public void plan(Vm vm, Plan plan, List<Volume> back) {
        verdict(vm, plan.verdict());
        if (plan.verdict().allowed()) {
            new Outlook(style).print(out, plan, back);
        }
        out.flush();
    }

    @Override
    public void verdict(Vm vm, Verdict verdict) {
        out.println(
                (verdict.allowed() ? style.good("allowed") : style.bad("refused")) + " for " + style.safe(vm.name()));
        Refusals.print(out, style, 2, verdict.refusals());
        verdict.notices().forEach(notice -> note(notice.message()));
        out.flush();
    }

    @Override
    public void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain) {
        new SettingsSheet(style, out).print(vm, settings, explain);
        out.flush();
    }

    @Override
    public void template(SettingsTemplate template) {
        new SettingsSheet(style, out).print(template);
        out.flush();
    }

    @Override
    public void templates(List<SettingsTemplate> templates) {
        templates.forEach(this::template);
        if (templates.isEmpty()) {
            out.println("No templates.");
        }
        out.flush();
    }

    @Override
    public void operations(List<Operation.Summary> operations, Map<VmId, Vm> vms) {
        if (operations.isEmpty()) {
            out.println("Nothing runs.");
        } else {
            new OperationTable(style, terminal.clock(), vms).print(out, operations);
        }
        out.flush();
    }

    @Override
    public void cancelled(String operation) {
        out.println(style.good("asked") + " operation " + operation + " to stop; 'vmsnap ops' shows whether it has");
        out.flush();
    }

    @Override
    public void recovered(RecoveryReport report, Map<VmId, Vm> vms) {
        if (report.recovered().isEmpty()) {
            out.println("Nothing was open.");
        }
        report.recovered().forEach(one -> new Outcome(style).print(out, VmLookup.named(vms, one.vm()), one));
        if (!report.clean()) {
            out.println("Run 'vmsnap recover' again when what kept it from ending is mended.");
        }
        out.flush();
    }

    @Override
    public void rebuilt(List<RebuildOutcome> outcomes, List<SilentNode> silent, boolean dryRun) {
        silent.forEach(node -> silent(node.name(), node.why()));
        outcomes.forEach(one -> {
            one.rebuilt().ifPresent(made -> {
                made.notices().forEach(notice -> note(notice.message()));
                if (outcomes.size() == 1 || made.changed()) {
                    out.println(style.safe(one.vm().name()) + ": " + rebuilt(made, dryRun));
                }
            });
            one.failure().ifPresent(failure -> {
                out.println(style.bad("not rebuilt") + " " + style.safe(one.vm().name()));
                Complaint.print(out, style, 2, failure);
            });
        });
        boolean quiet = outcomes.stream()
                .noneMatch(one -> one.changed() || one.failure().isPresent());
        if (outcomes.size() != 1 && quiet) {
            out.println("Nothing to rebuild.");
        }
        out.flush();
    }

    private static String rebuilt(Rebuilt made, boolean dryRun) {
        return !made.changed()
                ? "nothing to rebuild"
                : (dryRun ? "would add " : "added ") + made.added().size() + " of "
                        + made.tree().size() + " snapshots";
    }

    @Override
    public void checkups(List<Finding> nodes, List<Checkup> checkups) {
        nodes.forEach(finding -> new Diagnosis(style).print(out, finding, finding.subject()));
        if (checkups.isEmpty() && nodes.isEmpty()) {
            out.println("No VM has snapshots.");
        }
        checkups.forEach(checkup -> new Diagnosis(style).print(out, checkup));
        out.flush();
    }

    @Override
    public void probed(List<Finding> findings) {
        findings.forEach(finding -> new Diagnosis(style).print(out, finding, finding.subject()));
        if (findings.isEmpty()) {
            out.println(style.good("Nothing is lacking."));
        }
        out.flush();
    }

    @Override
    public void versions(Versions versions) {
        out.println("vmsnap " + versions.vmsnap());
        out.println("Java " + versions.java());
        versions.nodes().forEach(n -> {
            if (n.reachable()) {
                out.println("node " + style.safe(n.node()) + ": " + style.safe(n.text()));
            } else {
                silent(n.node(), n.text());
            }
        });
        out.flush();
    }

    @Override
    public void failure(Failure failure) {
        Complaint.print(terminal.err(), Style.ofFailures(terminal), 0, failure);
        terminal.err().flush();
    }

    @Override
    public ProgressDisplay progress() {
        return new ProgressBar(terminal, style.safe());
    }

    private void draw(Inventory inventory) {
        new TreeDrawing(inventory.tree(), style, terminal.clock(), inventory.known()).print(out);
    }

    private void silent(String node, String why) {
        out.println(style.paragraph(0, "node " + node + " does not answer:", style::bad, why));
    }

    private void unknown(Inventory inventory, String whose) {
        inventory
                .known()
                .unknown()
                .ifPresent(why -> out.println("What the snapshots " + whose + "take is unknown: " + style.safe(why)));
    }

    private void note(String text) {
        out.println(style.note(text));
    }

    private String heading(Vm vm) {
        return style.bold(style.safe(vm.name()))
                + (vm.isNamed() ? "  " + style.dim(vm.id().value()) : "");
    }
}
