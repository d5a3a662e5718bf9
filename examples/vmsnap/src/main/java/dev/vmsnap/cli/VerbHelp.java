package dev.vmsnap.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Help that tells of a verb's own options, not again of those that every verb has. */
final class VerbHelp extends Help {
    VerbHelp(CommandSpec verb, ColorScheme colours) {
        super(verb, colours);
    }

    @Override
    protected Ansi.Text createDetailedSynopsisOptionsText(
            Collection<ArgSpec> done, List<OptionSpec> options, Comparator<OptionSpec> order, boolean cluster) {
        return super.createDetailedSynopsisOptionsText(done, own(options), order, cluster);
    }

    @Override
    public String optionListExcludingGroups(
            List<OptionSpec> options, Layout layout, Comparator<OptionSpec> order, IParamLabelRenderer labels) {
        return super.optionListExcludingGroups(own(options), layout, order, labels);
    }

    @Override
    public String footer(Object... parameters) {
        String everywhere = commandSpec().parent() == null
                ? ""
                : String.format("%nOptions of every verb, such as --json and --connect: 'vmsnap --help'.%n");
        return super.footer(parameters) + everywhere;
    }

    private static List<OptionSpec> own(List<OptionSpec> options) {
        return options.stream().filter(option -> !option.inherited()).toList();
    }
}
