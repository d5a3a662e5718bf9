package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmOverview;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says things to a person. */
final class Text implements Output {
    private static final int NAME_COLUMNS = 40;

    private final Terminal terminal;
    private final PrintStream out;
    private final Style style;

    Text(Terminal terminal, boolean colours) {
        this.terminal = terminal;
        this.out = terminal.out();
        this.style = new Style(colours && terminal.colourful(), new Printable(terminal.charset()));
    }

    @Override
    public void vms(List<VmOverview> vms) {
        Table table = new Table("", "NAME", "ID", "NODE", "POWER", "SNAPSHOTS");
        for (VmOverview vm : vms) {
            table.row(
                    vm.hasSnapshots() ? style.marker() : "",
                    name(vm.name()),
                    vm.vm().value(),
                    style.safe(vm.node().orElse("-")),
                    vm.power().map(Units::words).orElse("-"),
                    Integer.toString(vm.snapshots()));
        }
        print(table, vms.isEmpty(), "No node has a VM.");
    }

    @Override
    public void list(Map<Vm, SnapshotTree> trees) {
        Table table = new Table("VM", "ID", "NAME", "CREATED", "BY", "RAM", "PAUSE", "CONSISTENCY", "STATUS");
        trees.forEach((vm, tree) -> tree.snapshots()
                .forEach(s -> table.row(
                        name(vm.name()),
                        TreeDrawing.shortId(tree, s.id()),
                        name(s.name()),
                        Units.minute(s.createdAt(), terminal.clock().getZone()),
                        name(s.createdBy().name()),
                        s.ram()
                                ? s.receipt()
                                        .map(r -> Units.bytes(r.ramBytes()))
                                        .orElse("yes")
                                : "-",
                        s.receipt().map(r -> Units.duration(r.pause())).orElse("-"),
                        s.receipt().map(r -> Units.words(r.consistency())).orElse("-"),
                        TreeDrawing.status(s))));
        print(table, trees.values().stream().allMatch(SnapshotTree::isEmpty), "No snapshots.");
    }

    @Override
    public void tree(Vm vm, SnapshotTree tree) {
        out.println(heading(vm));
        if (tree.isEmpty()) {
            out.println("No snapshots.");
        } else {
            new TreeDrawing(tree, style, terminal.clock(), Usages.UNKNOWN).print(out);
        }
        out.flush();
    }

    @Override
    public void show(Vm vm, SnapshotTree tree, Snapshot snapshot, Usages usages) {
        new Portrait(style, terminal.clock(), usages).print(out, vm, tree, snapshot);
        out.flush();
    }

    @Override
    public void status(VmOverview vm, SnapshotTree tree, Usages usages) {
        Vm named = VmLookup.vm(vm);
        out.println(heading(named));
        out.println(vm.node()
                        .map(node -> vm.power().map(Units::words).orElse("there") + " on node " + style.safe(node))
                        .orElse("on no node that answers")
                + ", " + Units.count(tree.size(), "snapshot"));
        if (!tree.isEmpty()) {
            new TreeDrawing(tree, style, terminal.clock(), usages).print(out);
        }
        out.flush();
    }

    @Override
    public void usage(Vm vm, SnapshotTree tree, Usages usages) {
        Table table = new Table("SNAPSHOT", "ID", "DISK", "USED", "ROOM", "FILL");
        for (Snapshot snapshot : tree.snapshots()) {
            for (Snapshot.Usage usage : usages.of(snapshot.id())) {
                boolean limited = usage.roomBytes().isPresent();
                table.row(
                        name(snapshot.name()),
                        TreeDrawing.shortId(tree, snapshot.id()),
                        style.safe(usage.disk()),
                        Units.bytes(usage.usedBytes()),
                        limited ? Units.bytes(usage.roomBytes().getAsLong()) : "-",
                        limited ? Usages.percent(usage) : "-");
            }
        }
        String nothing =
                tree.isEmpty() ? "No snapshots." : "The storage of these snapshots does not tell what they take.";
        print(table, usages.all().isEmpty(), nothing);
    }

    @Override
    public void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices) {
        StringBuilder line = new StringBuilder()
                .append(style.good(deed.name().toLowerCase(Locale.ROOT)))
                .append(" \"")
                .append(style.safe(snapshot.name()))
                .append("\" (")
                .append(snapshot.id())
                .append(") of ")
                .append(style.safe(vm.name()));
        if (deed == Deed.CREATED) {
            snapshot.receipt().ifPresent(r -> line.append(": ").append(cost(snapshot, r)));
        }
        out.println(line);
        notices.forEach(n -> note(n.message()));
        if (deed == Deed.CREATED) {
            snapshot.receipt().ifPresent(r -> r.notes().forEach(this::note));
        }
        out.flush();
    }

    @Override
    public void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left) {
        if (gone.isEmpty()) {
            out.println("Nothing to delete: " + style.safe(vm.name()) + " has no such snapshot any more.");
        }
        gone.forEach(s -> out.println(style.good("deleted") + " \"" + style.safe(s.name()) + "\" (" + s.id() + ") of "
                + style.safe(vm.name())));
        out.println(Units.count(left.size(), "snapshot") + " left");
        out.flush();
    }

    @Override
    public void migrated(Vm vm, String node, SnapshotTree tree) {
        out.println(style.good("migrated") + " " + style.safe(vm.name()) + " to node " + style.safe(node) + " with "
                + Units.count(tree.size(), "snapshot"));
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
        out.println(verdict.allowed() ? style.good("allowed") : style.bad("refused") + " for " + style.safe(vm.name()));
        Refusals.print(out, style, verdict.refusals());
        verdict.notices().forEach(n -> note(n.message()));
        out.flush();
    }

    @Override
    public void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain) {
        out.println(style.bold(style.safe(vm.name())));
        setting(
                "users work with snapshots",
                settings.settings().allowUsers() ? "yes" : "no",
                explain,
                settings.allowUsers());
        setting("limit of snapshots", Integer.toString(settings.settings().limit()), explain, settings.limit());
        setting("RAM may be saved", settings.settings().allowRam() ? "yes" : "no", explain, settings.allowRam());
        out.println("  template: " + settings.template().map(style::safe).orElse("none"));
        out.flush();
    }

    private void setting(String what, String value, boolean explain, Enum<?> level) {
        String by = explain ? style.dim("  (decided by: " + level.name().toLowerCase(Locale.ROOT) + ")") : "";
        out.println("  " + what + ": " + value + by);
    }

    @Override
    public void template(SettingsTemplate template) {
        SettingsChoice choice = template.choice();
        out.println(style.bold(style.safe(template.name())));
        out.println("  users work with snapshots: "
                + choice.allowUsers().map(Text::yes).orElse("open"));
        out.println(
                "  limit of snapshots: " + choice.limit().map(String::valueOf).orElse("open"));
        out.println("  RAM may be saved: " + choice.allowRam().map(Text::yes).orElse("open"));
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
    public void recovered(RecoveryReport report) {
        if (report.recovered().isEmpty()) {
            out.println("Nothing was open.");
        }
        report.recovered()
                .forEach(r -> out.println(Units.words(r.outcome()) + ": " + Units.words(r.verb()) + " on "
                        + r.vm() + " (operation " + style.safe(r.operation()) + ")"
                        + (r.detail().isBlank() ? "" : ": " + style.safe(r.detail()))));
        if (!report.clean()) {
            out.println("Run 'vmsnap recover' again when the node and the storage are back.");
        }
        out.flush();
    }

    @Override
    public void findings(Map<Vm, List<Finding>> findings) {
        findings.forEach((vm, found) -> {
            out.println(style.bold(style.safe(vm.name())) + ": "
                    + (found.isEmpty() ? style.good("all is well") : Units.count(found.size(), "finding")));
            found.forEach(f -> {
                out.println("  " + style.warning(f.kind().name()) + " " + style.safe(f.subject()) + ": "
                        + style.safe(f.message()));
                out.println("    to fix: " + style.safe(f.remedy()));
            });
        });
        if (findings.isEmpty()) {
            out.println("No VM has snapshots.");
        }
        out.flush();
    }

    @Override
    public void versions(Versions versions) {
        out.println("vmsnap " + versions.vmsnap());
        out.println("Java " + versions.java());
        versions.nodes()
                .forEach(n -> out.println("node " + style.safe(n.node()) + ": "
                        + (n.reachable()
                                ? style.safe(n.text())
                                : style.bad("does not answer") + ": " + style.safe(n.text()))));
        out.flush();
    }

    @Override
    public void failure(Failure failure) {
        PrintStream err = terminal.err();
        Style plain = new Style(false, style.safe());
        if (failure.refusals().isEmpty()) {
            err.println(failure.kind() + ": " + plain.safe(failure.message()));
            if (!failure.recovery().isBlank()) {
                err.println("  to go on: " + plain.safe(failure.recovery()));
            }
        } else {
            err.println(failure.kind() + ":");
            Refusals.print(err, plain, failure.refusals());
        }
        err.flush();
    }

    @Override
    public ProgressDisplay progress() {
        return new ProgressBar(terminal, style.safe());
    }

    private static String cost(Snapshot snapshot, Snapshot.Receipt receipt) {
        String ram = snapshot.ram() ? "RAM " + Units.bytes(receipt.ramBytes()) + ", " : "";
        String held = receipt.pause().isZero() ? "" : "guest held " + Units.duration(receipt.pause()) + ", ";
        return ram + held + Units.words(receipt.consistency()) + " consistency";
    }

    private void print(Table table, boolean empty, String otherwise) {
        if (empty) {
            out.println(otherwise);
        } else {
            table.print(out, style);
        }
        out.flush();
    }

    private void note(String text) {
        out.println(style.warning("  note: ") + style.safe(text));
    }

    private String name(String text) {
        return style.safe().line(text, NAME_COLUMNS);
    }

    private static String yes(boolean value) {
        return value ? "yes" : "no";
    }

    private String heading(Vm vm) {
        String id = vm.name().equals(vm.id().value())
                ? ""
                : "  " + style.dim(vm.id().value());
        return style.bold(style.safe(vm.name())) + id;
    }
}
