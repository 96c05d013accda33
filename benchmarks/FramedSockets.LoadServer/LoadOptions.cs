using System.Globalization;
using FramedSockets.Tcp;
using FramedSockets.Transport;

namespace FramedSockets.LoadServer;

/// <summary>What the command line says.</summary>
internal sealed record LoadOptions
{
    public const string Usage =
        "usage: FramedSockets.LoadServer [--port N] [--framing length|json] [--handler frame|loop|group|each] [--slow wait|drop|close] "
        + "[--transport sockets|linux|linux-inline] [--deadlines default|none] [--backlog N] [--report]";

    /// <summary>Where to listen, on the loopback address; 0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary><c>length</c>: a 4-byte big-endian length before each body; <c>json</c>: an <see cref="EchoHeader"/>.</summary>
    public string Framing { get; init; } = "length";

    /// <summary>
    /// <c>frame</c>: a handler per frame; <c>loop</c>: a handler per connection that reads in a loop; <c>group</c> and <c>each</c>: every
    /// frame to all connections, encoded once or for each.
    /// </summary>
    public string Handler { get; init; } = "frame";

    /// <summary>What <c>group</c> and <c>each</c> do about a connection that does not read.</summary>
    public SlowConsumer Slow { get; init; }

    /// <summary><c>sockets</c>: the portable transport; <c>linux</c> and <c>linux-inline</c>: event loops, with handlers on the thread pool or on the loop.</summary>
    public string Transport { get; init; } = "sockets";

    /// <summary>The library's default deadlines, or none.</summary>
    public FrameDeadlines Deadlines { get; init; } = FrameDeadlines.Default;

    /// <summary>Connections that may wait to be accepted; the library's default unless told otherwise.</summary>
    public int Backlog { get; init; } = SocketTransportOptions.Default.Backlog;

    /// <summary>Whether SIGUSR1 prints how many bytes the process has allocated.</summary>
    public bool Report { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An option or its value is unknown.</exception>
    public static LoadOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LoadOptions();
        for (var i = 0; i < args.Count; i++)
        {
            options = args[i] == "--report"
                ? options with { Report = true }
                : With(options, args[i], ++i < args.Count ? args[i] : "");
        }

        return options;
    }

    private static LoadOptions With(LoadOptions options, string name, string value) => (name, value) switch
    {
        ("--port", _) when ushort.TryParse(value, CultureInfo.InvariantCulture, out var port) => options with { Port = port },
        ("--backlog", _) when int.TryParse(value, CultureInfo.InvariantCulture, out var backlog) => options with { Backlog = backlog },
        ("--framing", "length" or "json") => options with { Framing = value },
        ("--handler", "frame" or "loop" or "group" or "each") => options with { Handler = value },
        ("--slow", "wait" or "drop" or "close") => options with { Slow = Enum.Parse<SlowConsumer>(value, ignoreCase: true) },
        ("--deadlines", "default" or "none") => options with { Deadlines = value == "none" ? FrameDeadlines.None : FrameDeadlines.Default },
        ("--transport", "sockets" or "linux" or "linux-inline") => options with { Transport = value },
        _ => throw new ArgumentException($"Not understood: {name} {value}".TrimEnd()),
    };
}
