package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.kvm.NodeUri.HostKeys;
import dev.vmsnap.kvm.NodeUri.Ssh;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NodeUriTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu:///system",
                "qemu:///session",
                "qemu:///system?socket=/run/x/libvirt-sock",
                "qemu+unix:///system",
                "test:///default"
            })
    void aUriWithoutAHostIsThisMachine(String uri) {
        NodeUri node = NodeUri.parse(uri);

        assertThat(node.local()).isTrue();
        assertThat(node.ssh()).isEmpty();
        assertThat(node.libvirt()).isEqualTo(uri);
    }

    @Test
    void anSshUriLeadsToTheSameUserHostAndPort() {
        NodeUri node = NodeUri.parse("qemu+ssh://root@node-1:2222/system?socket=/s&keyfile=/k%20y&no_verify=1");

        assertThat(node.local()).isFalse();
        assertThat(node.ssh())
                .contains(new Ssh(
                        "node-1",
                        Optional.of("root"),
                        OptionalInt.of(2222),
                        Optional.empty(),
                        Optional.of("/k y"),
                        new HostKeys(Optional.empty(), Optional.of("no"), false)));
        assertThat(node.libvirt())
                .isEqualTo("qemu+ssh://root@node-1:2222/system?socket=/s&keyfile=/k%20y&no_verify=1&no_tty=1");
    }

    @ParameterizedTest
    @CsvSource({
        "qemu:///system,qemu:///system",
        "qemu:///system?socket=/run/x%20y/sock&mode=direct,qemu:///system?socket=/run/x%20y/sock&mode=direct",
        "qemu+unix:///session?socket=/s,qemu:///session?socket=/s",
        "qemu+ssh://root@node-1:22/system,qemu:///system",
        "qemu+ssh://node-1/system?keyfile=/k&Socket=/s&no_verify=1&command=/x,qemu:///system?Socket=/s",
        "qemu+tls://node-1/system?pkipath=/p,qemu:///system",
        "test:///default,test:///default"
    })
    void programsOnTheNodeReachTheDaemonWithoutTheWayThere(String uri, String there) {
        assertThat(NodeUri.parse(uri).onNode()).isEqualTo(there);
    }

    @Test
    void parametersAreReadAsLibvirtReadsThem() {
        Ssh ssh = NodeUri.parse("qemu+ssh://h/system?keyfile=/first;KeyFile=/a+b&no_verify=0&command=")
                .ssh()
                .orElseThrow();

        assertThat(ssh.options()).containsExactly("-i", "/a+b", "-o", "IdentitiesOnly=yes");
        assertThat(ssh.program()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "known_hosts=/k,                            yes",
        "known_hosts=/k&known_hosts_verify=normal,  yes",
        "known_hosts=/k&known_hosts_verify=auto,    accept-new",
        "known_hosts=/k&known_hosts_verify=ignore,  no",
        "known_hosts=/k&no_verify=1,                no"
    })
    void aFileOfKnownHostsHoldsForTheCommandsAndForLibvirt(String query, String checking) {
        NodeUri node = NodeUri.parse("qemu+ssh://h/system?command=/mine&" + query);
        Ssh ssh = node.ssh().orElseThrow();

        assertThat(ssh.options())
                .containsExactly("-o", "UserKnownHostsFile=\"/k\"", "-o", "StrictHostKeyChecking=" + checking);
        assertThat(ssh.program()).contains("/mine");
        assertThat(ssh.trust().untold()).isTrue();
        assertThat(node.libvirtWith("/a b/ssh"))
                .isEqualTo("qemu+ssh://h/system?" + query + "&no_tty=1&command=%2Fa%20b%2Fssh");
    }

    @Test
    void anSshUriMaySayNothingButTheHost() {
        assertThat(NodeUri.parse("qemu+ssh://[fe80::1]/session"))
                .isEqualTo(new NodeUri(
                        "qemu+ssh://[fe80::1]/session?no_tty=1",
                        false,
                        Optional.of(new Ssh(
                                "fe80::1",
                                Optional.empty(),
                                OptionalInt.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                HostKeys.CONFIGURED))));
        assertThat(NodeUri.parse("qemu+ssh://h/system?no_tty=0").libvirt()).isEqualTo("qemu+ssh://h/system?no_tty=0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu+tls://node/system", "qemu+tcp://node/system", "qemu://node/system"})
    void otherTransportsNeedTheHostsOwnCommands(String uri) {
        assertThat(NodeUri.parse(uri).local()).isFalse();
        assertThatThrownBy(() -> KvmHypervisor.connect(uri)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu+ssh:///system",
                "qemu+ssh://-oProxyCommand=x/system",
                "qemu+ssh://-oProxyCommand=x@h/system",
                "qemu+ssh://h/system?keyfile=-oProxyCommand=x",
                "qemu+ssh://h/system?keyfile=/a%0Ab",
                "qemu+ssh://h/system?command=-x",
                "qemu+ssh://h/system?known_hosts=-x",
                "qemu+ssh://h/system?known_hosts=/a%22%20b",
                "qemu+ssh://h/system?known_hosts=/a%24%7BHOME%7D",
                "qemu+ssh://h/system?known_hosts_verify=maybe",
                "not a uri"
            })
    void nonsenseIsRefused(String uri) {
        assertThatThrownBy(() -> NodeUri.parse(uri)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo",
                "",
                "/var/run/libvirt",
                "qemu",
                "qemu:system",
                "qemu://",
                "qemu:///",
                "qemu:///sytem",
                "qemu+ssh://node-1",
                "qemu+ssh://node-1/",
                "http://node-1/system",
                "xen:///system",
                "test:default"
            })
    void whatIsNoLibvirtUriOfAKvmNodeIsRefusedWithExamples(String uri) {
        assertThatThrownBy(() -> KvmHypervisor.connect(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(uri)
                .hasMessageContaining("qemu+ssh://root@host/system");
    }

    @Test
    @SuppressWarnings("NullAway")
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> KvmHypervisor.connect(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("uri");
        assertThatThrownBy(() -> KvmHypervisor.connect("qemu:///system", null, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("commands");
    }
}
