package dev.vmsnap.core.internal.run;

import dev.vmsnap.core.internal.plan.StepKind;
import java.util.EnumMap;
import java.util.Map;

/** What each kind of step does. */
final class Effects {
    private static final Map<StepKind, Effect> ALL = new EnumMap<>(StepKind.class);

    static {
        ALL.putAll(CreateEffects.all());
        ALL.putAll(GuestEffects.all());
        ALL.putAll(RamEffects.all());
        ALL.putAll(RestoreEffects.all());
        ALL.putAll(HazardEffects.all());
        ALL.putAll(DeleteEffects.all());
        ALL.putAll(MigrateEffects.all());
        ALL.putAll(CloneEffects.all());
        ALL.putAll(MachineStateEffects.all());
    }

    private Effects() {}

    static Effect of(StepKind kind) {
        Effect effect = ALL.get(kind);
        if (effect == null) {
            throw new IllegalStateException("no effect for " + kind);
        }
        return effect;
    }
}
