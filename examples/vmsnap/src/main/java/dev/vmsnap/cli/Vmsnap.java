package dev.vmsnap.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command that a terminal starts; every verb is a subcommand. */
@Command(
        name = "vmsnap",
        mixinStandardHelpOptions = true,
        versionProvider = VersionVerb.Product.class,
        description = "Snapshots of virtual machines: RAM and disks, a tree for each VM.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "Verbs:%n",
        footer = {
            "",
            "VM is a name or UUID, SNAP an id, its beginning (8 characters or more) or a unique name.",
            "Exit codes: 0 done, 2 usage, 3 refused, 4 failed and undone, 5 needs repair, 6 busy, 7 store."
        })
final class Vmsnap {
    /** How long Ctrl-C waits for an operation to be undone. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How wide help is at least; picocli wants some room. */
    private static final int NARROWEST = 60;

    private final Terminal terminal;
    private final Connections.Opener opener;
    private final Interruption interruption;
    private final Names names = new Names();

    @Mixin
    private GlobalOptions options = new GlobalOptions();

    private Vmsnap(Terminal terminal, Connections.Opener opener, Interruption interruption) {
        this.terminal = terminal;
        this.opener = opener;
        this.interruption = interruption;
    }

    public static void main(String[] arguments) {
        Terminal terminal = Terminal.ofProcess();
        Interruption interruption = new Interruption();
        boolean verbose = Arrays.asList(arguments).contains("--verbose")
                || Boolean.parseBoolean(System.getenv(Preference.VERBOSE.variable()));
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", verbose ? "debug" : "warn");
        if (!verbose) {
            // It complains of libraries that another process has cleaned away; what fails is thrown.
            System.setProperty("org.slf4j.simpleLogger.log.org.sqlite", "off");
        }
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
        System.setErr(new PrintStream(
                new LogStream(terminal.err(), terminal.charset(), verbose), true, StandardCharsets.UTF_8));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupted(interruption, terminal), "interruption"));
        System.exit(run(arguments, terminal, new LibvirtConnections(), interruption));
    }

    /** Runs one command line in this process and returns its exit code. */
    static int run(String[] arguments, Terminal terminal, Connections.Opener opener, Interruption interruption) {
        int code = ExitCode.INTERNAL;
        try {
            code = new Vmsnap(terminal, opener, interruption).execute(arguments);
            return code;
        } finally {
            terminal.out().flush();
            terminal.err().flush();
            interruption.ended(code);
        }
    }

    private static void interrupted(Interruption interruption, Terminal terminal) {
        if (interruption.takesTime()) {
            terminal.err().println();
            terminal.err().println("interrupted: what was begun is being undone, please wait");
            terminal.err().flush();
        }
        OptionalInt code = interruption.ask(PATIENCE);
        code.ifPresent(Runtime.getRuntime()::halt);
    }

    private int execute(String[] arguments) {
        return line(arguments).execute(arguments);
    }

    /** Prints the names that may stand where the cursor is: the last word, as far as it is typed. */
    void complete(List<String> words) {
        if (words.size() < 2) {
            return;
        }
        List<String> before = words.subList(0, words.size() - 1);
        Vmsnap typed = new Vmsnap(terminal, opener, interruption);
        CommandLine.ParseResult parsed = Candidates.parsed(typed.line(before.toArray(String[]::new)), before);
        typed.options.complete(terminal.environment());
        opener.records(typed.options, terminal).ifPresent(records -> {
            try (records) {
                new Candidates(records, new Printable(terminal.charset()))
                        .of(parsed, before, words.get(words.size() - 1))
                        .forEach(terminal.out()::println);
            }
        });
    }

    private CommandLine line(String[] arguments) {
        CommandLine line = new CommandLine(this);
        new Verbs().addTo(line, arguments);
        line.setCaseInsensitiveEnumValuesAllowed(true)
                // A name may look like an option, or like one of picocli's files of arguments.
                .setAllowOptionsAsOptionParameters(true)
                .setExpandAtFiles(false)
                .setHelpFactory(VerbHelp::new)
                .setUsageHelpWidth(Math.max(NARROWEST, terminal.columns()))
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi(arguments)))
                .setOut(new PrintWriter(terminal.out(), true, terminal.charset()))
                .setErr(new PrintWriter(terminal.err(), true, terminal.charset()))
                .setParameterExceptionHandler(
                        (thrown, rejected) -> failed(thrown, thrown.getCommandLine(), said(rejected, "--json")))
                .setExecutionExceptionHandler((thrown, command, result) -> failed(thrown, command, options.json()));
        return line;
    }

    /** Wires the library as the options say, and the environment and the configuration file of those left out. */
    Session open() {
        Defaults defaults = options.complete(terminal.environment());
        return new Session(
                connections(defaults),
                options.actor(terminal.environment()),
                output(options.json()),
                terminal.clock(),
                interruption,
                new Confirmation(terminal, options.json()),
                names);
    }

    private Connections connections(Defaults defaults) {
        Duration patience = options.patience();
        try {
            return opener.open(options, terminal).waiting(patience);
        } catch (UsageException e) {
            throw defaults.origins().isEmpty()
                    ? e
                    : new UsageException(e.getMessage() + " Not on the command line: " + defaults.origins() + ".");
        }
    }

    private int failed(Exception thrown, CommandLine command, boolean json) {
        Failure failure =
                Failure.of(thrown, command).inWordsOf(names, terminal.clock().getZone());
        if (failure.exitCode() == ExitCode.INTERNAL && options.verbose()) {
            thrown.printStackTrace(terminal.err());
        }
        output(json).failure(failure);
        return failure.exitCode();
    }

    /** Returns the output of a verb without a session. */
    Output output() {
        return output(options.json());
    }

    private Output output(boolean json) {
        return json ? new Json(terminal.out()) : new Text(terminal, options.colours());
    }

    private CommandLine.Help.Ansi ansi(String[] arguments) {
        boolean wanted = terminal.colourful() && !said(arguments, "--no-color");
        return wanted ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF;
    }

    /** A command line that could not be parsed may still have said how it wants to be answered. */
    private static boolean said(String[] arguments, String option) {
        return Arrays.stream(arguments).takeWhile(a -> !a.equals("--")).anyMatch(option::equals);
    }
}
