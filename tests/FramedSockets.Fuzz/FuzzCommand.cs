using System.CommandLine;
using FramedSockets.Fuzz.Instrumentation;
using FramedSockets.Fuzz.Targets;

namespace FramedSockets.Fuzz;

/// <summary>The command line.</summary>
internal static class FuzzCommand
{
    private static readonly Option<string> Target = new("--target")
    {
        Description = $"What to fuzz: {string.Join(", ", FuzzTargets.Names)}, or all.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "all",
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "For how long, all targets together.",
        HelpName = "N",
        DefaultValueFactory = _ => 60,
    };

    private static readonly Option<long> Seed = new("--seed")
    {
        Description = "The seed of all random choices; another one each time by default.",
        HelpName = "N",
        DefaultValueFactory = _ => Random.Shared.NextInt64(1_000_000_000),
    };

    private static readonly Option<string> Crashes = new("--crashes")
    {
        Description = "Where findings go, each in a file.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "crashes",
    };

    private static readonly Option<string?> Corpus = new("--corpus")
    {
        Description = "A folder of inputs to begin with, one file a target; it is read, and written only with --update.",
        HelpName = "DIR",
    };

    private static readonly Option<bool> Update = new("--update") { Description = "Write back the smallest inputs that cover what was covered." };

    private static readonly Option<string?> Replay = new("--replay") { Description = "Run one file of --crashes, and show what it does.", HelpName = "FILE" };

    private static readonly Option<bool> SelfTest = new("--self-test")
    {
        Description = "Plant bugs in the copy of the library, one after the other, and find each. Needs a build with -p:PlantedBugs=true.",
    };

    public static RootCommand Create()
    {
        var command = new RootCommand("Fuzzes the library: an instrumented copy of it, inputs from a grammar and from mutation, and oracles that share no code with it.")
        {
            Target, Seconds, Seed, Crashes, Corpus, Update, Replay, SelfTest,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        if (arguments.GetValue(SelfTest))
        {
            return Test(arguments);
        }

        var context = new FuzzContext();
        if (arguments.GetValue(Replay) is { } file)
        {
            return (int)context.Call(typeof(Session), nameof(Session.Replay), file)!;
        }

        var name = arguments.GetValue(Target)!;
        var names = name == "all" ? FuzzTargets.Names : [name];
        var findings = 0;
        foreach (var target in names)
        {
            findings += (int)context.Call(
                typeof(Session),
                nameof(Session.Run),
                target,
                context.Edges,
                arguments.GetValue(Seconds) / names.Count,
                arguments.GetValue(Seed),
                arguments.GetValue(Crashes),
                arguments.GetValue(Corpus),
                arguments.GetValue(Update))!;
        }

        _ = context.Call(typeof(Session), nameof(Session.Summarize), context.Edges);
        return findings == 0 ? 0 : 1;
    }

#if PLANTED_BUGS
    private static int Test(ParseResult arguments) => Planted.PlantedTest.Run(arguments.GetValue(Seconds), arguments.GetValue(Seed));
#else
    private static int Test(ParseResult arguments)
    {
        Console.Error.WriteLine($"{nameof(SelfTest)}: this build has no bugs to plant; build it with -p:PlantedBugs=true.");
        return arguments.Errors.Count + 2;
    }
#endif
}
