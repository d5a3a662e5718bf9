package dev.vmsnap.kvm;

import static dev.vmsnap.kvm.Xml.at;
import static dev.vmsnap.kvm.Xml.attribute;

import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/** The disks that a configuration names by a storage pool of libvirt's ({@code type='volume'}). */
final class PoolDisks {
    // Of ours: why nobody knows where a volume is.
    private static final String UNKNOWN = "vmsnap-unknown";

    private PoolDisks() {}

    /** Where the volumes of libvirt's storage pools are. */
    interface Pools {
        Place find(String pool, String volume);
    }

    /**
     * Where a volume is.
     *
     * @param type {@code file} or {@code block}; empty if it is not known
     * @param text its path, or why it is not known and how to mend that
     */
    record Place(Optional<String> type, String text) {
        static Place at(String type, String path) {
            return new Place(Optional.of(type), path);
        }

        static Place unknown(String why) {
            return new Place(Optional.empty(), why);
        }
    }

    /** The same configuration with the file or device of each such disk, if the pool has it. Not for defining it. */
    static DomainXml located(DomainXml domain, Pools pools) {
        if (!domain.namesPools()) {
            return domain;
        }
        DomainXml copy = domain.copy();
        for (Element disk : copy.devices("disk")) {
            Optional<Element> source = at(disk, "source").filter(s -> DomainXml.isVolume(disk));
            if (source.isPresent()) {
                Place place = pools.find(
                        source.get().getAttribute("pool"), source.get().getAttribute("volume"));
                place.type().ifPresent(type -> DiskSources.place(disk, type, place.text()));
                if (place.type().isEmpty()) {
                    source.get().setAttribute(UNKNOWN, place.text());
                }
            }
        }
        return copy;
    }

    /** One phrase for each disk that {@link #located} could not name, with the reason. */
    static List<String> unknown(DomainXml located) {
        return located.devices("disk").stream()
                .filter(disk -> attribute(disk, "source", UNKNOWN).isPresent())
                .map(disk -> "where disk " + DomainXml.target(disk) + " is could not be determined: "
                        + name(at(disk, "source").orElseThrow()))
                .toList();
    }

    /** Returns the name that people use for such a disk's source, with the reason if its path is unknown. */
    static String name(Element source) {
        String name = source.getAttribute("pool") + "/" + source.getAttribute("volume");
        return attribute(source, UNKNOWN)
                .map(why -> name + ": " + why + ", or name the file or device instead (disk type='file')")
                .orElse(name);
    }
}
