package dev.vmsnap;

/**
 * Who asks. The host application has authenticated them; vmsnap decides by role and keeps the name for events and
 * records.
 *
 * @param role what they may do
 * @param name how the host calls them; not blank, at most 255 characters
 */
public record Actor(Role role, String name) {

    /** What an actor may do. */
    public enum Role {
        /** May always work with snapshots and change settings. */
        ADMINISTRATOR,
        /** May work with the snapshots of a VM when its settings allow it. */
        USER
    }

    /** Checks the name. */
    public Actor {
        if (name.isBlank() || name.length() > 255 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("an actor's name is 1 to 255 characters without control characters");
        }
    }

    /**
     * Returns an administrator.
     *
     * @param name as in {@link #name()}
     * @return the actor
     */
    public static Actor administrator(String name) {
        return new Actor(Role.ADMINISTRATOR, name);
    }

    /**
     * Returns a user.
     *
     * @param name as in {@link #name()}
     * @return the actor
     */
    public static Actor user(String name) {
        return new Actor(Role.USER, name);
    }

    /**
     * Tells whether this is an administrator.
     *
     * @return true for {@link Role#ADMINISTRATOR}
     */
    public boolean isAdministrator() {
        return role == Role.ADMINISTRATOR;
    }
}
