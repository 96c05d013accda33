using System.CommandLine.Parsing;
using FramedSockets;
using FramedSockets.Codecs;

namespace Tour.Support;

/// <summary>How texts are kept apart on the wire.</summary>
internal sealed record Framing(string Name, IHeaderCodec<NoHeader> Codec)
{
    /// <summary>Nothing keeps them apart: what a plain socket does.</summary>
    public static Framing Raw { get; } = new("raw", new RawCodec());

    /// <summary>An end of line does.</summary>
    public static Framing Line { get; } = new("line", new LineCodec());

    public static IReadOnlyList<Framing> All { get; } =
    [
        Raw,
        Line,
        new("length", new LengthPrefixCodec()),
        new("json", new JsonTextCodec()),
    ];

    /// <summary>For the command line.</summary>
    public static Framing? Parse(ArgumentResult argument)
    {
        var found = All.FirstOrDefault(framing => framing.Name == argument.Tokens[0].Value);
        if (found is null)
        {
            argument.AddError($"--framing is one of {string.Join(", ", All.Select(framing => framing.Name))}; '{argument.Tokens[0].Value}' is none.");
        }

        return found;
    }
}
