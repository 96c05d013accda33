using System.CommandLine;
using System.Globalization;
using System.Net;
using Common;

namespace Tour.Support;

/// <summary>What several programs are told on the command line.</summary>
internal static class Options
{
    public static readonly Option<int> Port = new("--port")
    {
        Description = "The port to listen on; 0 lets the system choose.",
        HelpName = "N",
        Validators = { Checks.InRange("--port", 0, IPEndPoint.MaxPort) },
    };

    public static readonly Option<string> Host = new("--host")
    {
        Description = "The address to listen on; 0.0.0.0 for every one, :: for IPv6 as well.",
        HelpName = "HOST",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    public static readonly Option<Framing?> Framing = new("--framing")
    {
        Description = "How texts are kept apart; raw, unless told otherwise: not at all, as plain sockets do.",
        HelpName = string.Join('|', Support.Framing.All.Select(framing => framing.Name)),
        CustomParser = Support.Framing.Parse,
    };

    public static readonly Argument<HostPort?> Address = new("HOST:PORT")
    {
        Description = "The server.",
        CustomParser = HostPort.Parse,
    };

    public static readonly Argument<string[]> Texts = new("TEXT")
    {
        Description = "What to send; without any, lines are read until 'bye', an empty line or the end.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>How long a client waits for an answer.</summary>
    public static Option<double> Timeout(double seconds) => new("--timeout")
    {
        Description = "How long to wait for an answer, in seconds.",
        HelpName = "S",
        DefaultValueFactory = _ => seconds,
        CustomParser = result =>
        {
            if (!double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value is not (>= 0 and <= 86_400))
            {
                result.AddError("--timeout takes a number of seconds from 0 to 86400.");
            }

            return value;
        },
    };

    /// <summary>The framing; raw unless told otherwise.</summary>
    public static Framing GetFraming(this ParseResult arguments) => arguments.GetValue(Framing) ?? Support.Framing.Raw;

    /// <summary>Where a server is to listen.</summary>
    public static HostPort GetListener(this ParseResult arguments) =>
        new(arguments.GetRequiredValue(Host).Trim('[', ']'), arguments.GetValue(Port));
}
