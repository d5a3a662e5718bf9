package dev.vmsnap.architecture;

import com.tngtech.archunit.lang.ArchRule;

/**
 * A rule of the house together with a class that breaks it, so that the rule is known to be able to fail.
 *
 * @param sentence what the rule demands
 * @param rule the check
 * @param breaker simple name of the planted class that the rule must report
 */
record HouseRule(String sentence, ArchRule rule, String breaker) {

    @Override
    public String toString() {
        return sentence;
    }
}
