package dev.vmsnap.core.internal.run;

import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.UnknownSnapshots;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The findings about one volume. */
final class VolumeFindings {
    // Somebody has to mend these even if no verb is refused for them.
    private static final Set<Notice.Code> MENDED = EnumSet.of(
            Notice.Code.NODE_LACKS,
            Notice.Code.VOLUME_SUSPENDED,
            Notice.Code.IMAGE_DETACHED,
            Notice.Code.OTHER_STORE,
            Notice.Code.RECORDS_KEPT,
            Notice.Code.RECORDS_REFUSED,
            Notice.Code.IMAGE_SHARED);

    private final VmId vm;
    private final Situation situation;

    VolumeFindings(VmId vm, Situation situation) {
        this.vm = vm;
        this.situation = situation;
    }

    List<Finding> of(VolumeState state) {
        return state.fold(this::seen, absent -> List.of(), this::unknown);
    }

    private List<Finding> unknown(VolumeState.Unknown state) {
        return state.objectionsTo(Verb.CREATE).stream()
                .map(why -> finding(
                        Kind.STORAGE_AWAY,
                        state,
                        why.message(),
                        why.remedy(),
                        Map.of(
                                "driver",
                                state.volume().storage(),
                                "code",
                                why.code().name())))
                .toList();
    }

    private List<Finding> seen(VolumeState.Seen state) {
        List<Finding> found = new ArrayList<>();
        String disk = state.volume().target();
        sharing(state).ifPresent(found::add);
        UnknownSnapshots.on(situation, state.volume()).forEach(id -> found.add(orphan(state, id)));
        state.foreign()
                .forEach(name -> found.add(finding(
                        Kind.FOREIGN,
                        state,
                        "Disk " + disk + " holds a snapshot that vmsnap did not make.",
                        "Nothing; vmsnap leaves it alone.",
                        Map.of("name", name))));
        if (state.leakedBytes() > 0) {
            found.add(finding(
                    Kind.LEAKED_SPACE,
                    state,
                    "Disk " + disk + " has " + state.leakedBytes() + " bytes allocated that nothing uses.",
                    "Power the VM off and call recover() for it.",
                    Map.of("bytes", Long.toString(state.leakedBytes()))));
        }
        state.notices().stream()
                .filter(notice -> MENDED.contains(notice.code()))
                .forEach(notice -> found.add(noticed(state, notice)));
        return found;
    }

    private Finding noticed(VolumeState.Seen state, Notice notice) {
        boolean lacks = notice.code() == Notice.Code.NODE_LACKS;
        Map<String, String> data = new HashMap<>(notice.data());
        data.put("notice", notice.code().name());
        return finding(lacks ? Kind.NODE_LACKS : Kind.NOTICE, state, notice.message(), remedy(notice.code()), data);
    }

    private static String remedy(Notice.Code code) {
        return switch (code) {
            case NODE_LACKS -> "Install what the message names.";
            case OTHER_STORE ->
                "Nothing, if that store is in use. If it was lost, rebuild the VM: that replaces its records. Records that stay"
                        + " name a snapshot that the rebuild reports; attach its disk and rebuild again, or delete those"
                        + " records by hand.";
            case RECORDS_KEPT -> "Rebuild the VM.";
            case RECORDS_REFUSED ->
                "Find out who put it there, move it away with 'mv -T', and rebuild the VM, which writes the records"
                        + " again.";
            default -> "Mend what the message names.";
        };
    }

    private Optional<Finding> sharing(VolumeState.Seen state) {
        String others = String.join(
                ", ",
                situation.surroundings().sharing().getOrDefault(state.volume().key(), List.of()));
        List<String> owners = state.snapshots().keySet().stream()
                .flatMap(id ->
                        Optional.ofNullable(situation.surroundings().owners().get(id)).stream())
                .map(VmId::value)
                .distinct()
                .toList();
        if (others.isEmpty() && owners.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(finding(
                Kind.IMAGE_SHARED,
                state,
                "Disk " + state.volume().target() + " (" + state.volume().source() + ")"
                        + (others.isEmpty() ? "" : " is a disk of VM " + others + " too")
                        + (others.isEmpty() || owners.isEmpty() ? "" : ", and")
                        + (owners.isEmpty() ? "" : " holds snapshots of VM " + String.join(", ", owners))
                        + ".",
                "Take the disk out of one of the VMs.",
                Map.of("vms", others, "owners", String.join(", ", owners))));
    }

    private Finding orphan(VolumeState.Seen state, SnapshotId id) {
        String disk = state.volume().target();
        boolean image = state.volume().format().equals("qcow2");
        return finding(
                Kind.ORPHAN,
                state,
                "Disk " + disk + " holds snapshot " + id + ", which the store does not know.",
                image
                        ? "If the store was lost, rebuild it; if no other store knows the snapshot, run 'qemu-img snapshot -d vmsnap-"
                                + id + " " + state.volume().source() + "' while the VM is off."
                        : "If the store was lost, rebuild it; if no other store knows the snapshot, remove its volume"
                                + " with the tools of the storage.",
                Map.of("snapshot", id.value()));
    }

    private Finding finding(Kind kind, VolumeState state, String message, String remedy, Map<String, String> more) {
        Map<String, String> data = new HashMap<>(more);
        data.put("disk", state.volume().target());
        data.put("source", state.volume().source());
        return new Finding(kind, vm, state.volume().target(), message, remedy, data);
    }
}
