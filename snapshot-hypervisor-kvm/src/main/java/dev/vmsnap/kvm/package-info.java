/**
 * KVM guests through libvirt, for hosts that wire them.
 *
 * <p>It depends on the API, libvirt-java, JNA, Gson and slf4j, and knows neither the engine nor any storage. Start with
 * {@link dev.vmsnap.kvm.KvmHypervisor#connect(String)}, its only public type.
 */
@NullMarked
package dev.vmsnap.kvm;

import org.jspecify.annotations.NullMarked;
