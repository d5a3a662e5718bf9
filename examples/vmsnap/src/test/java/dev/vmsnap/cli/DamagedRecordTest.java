package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Command lines where the store cannot read what it keeps of one VM. */
final class DamagedRecordTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @BeforeEach
    void damageTheRecordOfOneVm() {
        bench.datacenter.node("node-1").withVm("db-1", "vda");
        bench.create("web-1", "lost");
        bench.create("db-1", "sound");
        bench.datacenter.store().damage(bench.web.id());
    }

    @Test
    void allVmsAreListedAndTheDamagedOneIsNamed() {
        Result vms = bench.vmsnap("vms");
        Result list = bench.vmsnap("list");

        assertThat(vms.code()).isEqualTo(ExitCode.DONE);
        assertThat(vms.out()).contains("db-1").containsPattern("web-1.*damaged");
        assertThat(list.code()).isEqualTo(ExitCode.DONE);
        assertThat(list.out())
                .contains("sound")
                .contains("web-1: the store holds")
                .doesNotContain("lost");
        assertThat(bench.done("list").getAsJsonArray("damaged")).hasSize(1);
    }

    @Test
    void theOtherVmIsWorkedOnAsEver() {
        bench.create("db-1", "next");
        bench.done("restore", "db-1", "sound");

        Result expired = bench.vmsnap("delete-expired", "--json");
        assertThat(expired.json().getAsJsonArray("expired").toString())
                .contains("cannot be read")
                .doesNotContain("db-1");
    }

    @Test
    void doctorAndRecoverNameTheDamagedOne() {
        Result all = bench.vmsnap("doctor");
        Result one = bench.vmsnap("doctor", "web-1");
        Result recover = bench.vmsnap("recover");

        assertThat(all.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(all.out())
                .contains("RECORD_DAMAGED")
                .contains("db-1: all is well")
                .contains("backup");
        assertThat(one.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(one.out()).contains("RECORD_DAMAGED");
        assertThat(recover.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(recover.out()).contains("web-1").contains("cannot be read");
    }

    @Test
    void itsVerbsAreRefusedWithWordsOfTheStore() {
        for (String[] verb : new String[][] {
            {"create", "web-1", "--name", "x"},
            {"show", "web-1", "lost"},
            {"tree", "web-1"},
            {"delete", "web-1", "lost"},
            {"delete-all", "web-1"},
            {"check", "web-1", "create"}
        }) {
            Result result = bench.vmsnap(verb);

            assertThat((result.out() + result.err()).replaceAll("\\s+", " "))
                    .contains("cannot be read")
                    .contains("backup of the store");
        }
    }
}
