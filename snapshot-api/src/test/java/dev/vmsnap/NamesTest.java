package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be the name of a VM, a snapshot, an actor, a template. */
final class NamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "vm-1", "4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "i-2-VM", "node:vm_1.x"})
    void aVmIdIsLettersDigitsAndAFewSigns(String value) {
        assertThat(VmId.of(value)).hasToString(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "-a", ".a", "..", "../x", "a/b", "a b", "a\n", "\na", "a\0", "\u00e9", "$(x)", "a;b"})
    void aVmIdIsNothingThatAPathOrAShellCouldMisread(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> VmId.of(value));
    }

    @Test
    void aVmIdHasAtMost128Characters() {
        assertThat(VmId.of("x".repeat(128)).value()).hasSize(128);
        assertThatIllegalArgumentException().isThrownBy(() -> VmId.of("x".repeat(129)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "s-1", "a0123456789-"})
    void aSnapshotIdIsLowerCaseLettersDigitsAndHyphens(String value) {
        assertThat(SnapshotId.of(value)).hasToString(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1a", "-a", "A", "a_b", "a.b", "a/b", "a\n", "a ", "a\"b"})
    void aSnapshotIdStartsWithALetterSinceQemuImgReadsANumberAsAnIndex(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> SnapshotId.of(value));
    }

    @Test
    void aSnapshotIdHasAtMost40Characters() {
        assertThat(SnapshotId.of("x".repeat(40)).value()).hasSize(40);
        assertThatIllegalArgumentException().isThrownBy(() -> SnapshotId.of("x".repeat(41)));
    }

    @Test
    void idsAreOrderedByTheirText() {
        assertThat(SnapshotId.of("a")).isLessThan(SnapshotId.of("b"));
        assertThat(VmId.of("a")).isLessThan(VmId.of("b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "a\0"})
    void actorsAndTemplatesHaveReadableNames(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> Actor.user(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new SettingsTemplate(value, SettingsChoice.open()));
    }

    @Test
    void anActorsRoleDecides() {
        assertThat(Actor.administrator("x").isAdministrator()).isTrue();
        assertThat(Actor.user("x").isAdministrator()).isFalse();
    }
}
