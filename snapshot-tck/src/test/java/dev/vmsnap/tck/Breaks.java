package dev.vmsnap.tck;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The sentences, by their display names, that a broken driver must be seen to break: these and no others. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Breaks {
    String[] value();

    /** Sentences that it breaks or not, as its threads happen to meet. */
    String[] atTimes() default {};
}
