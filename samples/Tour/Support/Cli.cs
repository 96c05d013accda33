using System.CommandLine;
using System.Net.Sockets;
using Common;

namespace Tour.Support;

/// <summary>Makes commands that end with an exit code, and with one line where the network, the disk or the peer is to blame.</summary>
internal static class Cli
{
    internal delegate Task Program(ParseResult arguments, CancellationToken stop);

    /// <summary>A program that listens until it is stopped, which is a good end.</summary>
    public static Command Server(string name, string lesson, Program run, params Option[] more)
    {
        var command = new Command(name, lesson) { Options.Port, Options.Host, Options.Framing };
        more.ToList().ForEach(command.Add);
        return Run(command, run, endsWell: _ => true, arguments => $"cannot listen on {arguments.GetListener()}");
    }

    /// <summary>A program that talks to a server. Stopping ends a session well; what was asked on the command line is left undone.</summary>
    public static Command Client(string name, string lesson, Program run, params Option[] more)
    {
        var command = new Command(name, lesson) { Options.Address, Options.Texts, Options.Framing };
        more.ToList().ForEach(command.Add);
        return Run(command, run, arguments => arguments.GetValue(Options.Texts) is [], arguments => $"cannot connect to {arguments.GetValue(Options.Address)}");
    }

    /// <summary>A program with arguments of its own; <paramref name="describe"/> says what a socket could not do.</summary>
    public static Command Other(Command command, Program run, Func<ParseResult, string> describe) => Run(command, run, _ => false, describe);

    private static Command Run(Command command, Program run, Func<ParseResult, bool> endsWell, Func<ParseResult, string> describe)
    {
        command.SetAction((arguments, _) => Failures.ReportAsync(async () =>
        {
            using var signals = new StopSignals();
            await using var atOnce = signals.AtOnce.Register(() => Environment.Exit(Failures.Cancelled));
            try
            {
                await run(arguments, signals.Calm);
            }
            catch (OperationCanceledException) when (signals.Calm.IsCancellationRequested && endsWell(arguments))
            {
                // That is how it ends.
            }
            catch (SocketException e)
            {
                throw new IOException($"{describe(arguments)}: {e.Message}", e);
            }

            return 0;
        }));
        return command;
    }
}
