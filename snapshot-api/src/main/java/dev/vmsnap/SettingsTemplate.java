package dev.vmsnap;

/**
 * The settings that a VM configuration gives to the VMs made from it.
 *
 * @param name how the host calls the configuration; 1 to 255 characters, not blank, no control characters
 * @param choice what it says; what it leaves open has its default
 */
public record SettingsTemplate(String name, SettingsChoice choice) {
    /** Checks the name. */
    public SettingsTemplate {
        if (name.isBlank() || name.length() > 255 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a template's name is 1 to 255 characters without control characters");
        }
    }
}
