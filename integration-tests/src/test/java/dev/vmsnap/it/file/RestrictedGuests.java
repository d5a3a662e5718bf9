package dev.vmsnap.it.file;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A node whose VMs have other rights than its user. */
record RestrictedGuests(HypervisorDriver sound, Commands guests) {

    /** Returns the node, with the roles that it has. */
    HypervisorDriver node() {
        return (HypervisorDriver) Proxy.newProxyInstance(
                sound.getClass().getClassLoader(), sound.getClass().getInterfaces(), (proxy, method, arguments) -> {
                    if (method.getName().equals("commandsAs")) {
                        return guests;
                    }
                    try {
                        return method.invoke(sound, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
