using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary>
/// A writer over an output that blocks, breaks and goes away as a script says: writes of every kind, limits that change,
/// cancelled senders, sources that fail. What left has to be exactly what was accepted, in order.
/// </summary>
internal sealed class WriterTarget : IFuzzTarget
{
    private const int Framings = 4;

    public string Name => "writer";

    public IReadOnlyList<byte[]> Tokens { get; } = [[0, 5], [1, 9], [2, 5, 0], [3, 0], [4, 40, 40, 1, 0], [6, 20], [7], [9, 2], [11], [5]];

    public byte[] Generate(Random random)
    {
        var input = new byte[3 + LimitChoice.Length + random.Next(random.Next(2) == 0 ? 12 : 80)];
        random.NextBytes(input);
        if (random.Next(2) == 0)
        {
            input.AsSpan(3, LimitChoice.Length).Clear();
        }

        return input;
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var framing = choices.Below(Framings);
        var most = 1 + choices.Byte() + (choices.Flag() ? 40_000 : 0);
        var limits = LimitChoice.Take(ref choices);
        var pool = PoisonPool.Renew();
        using (var run = new WriterRun(FramingOf(framing), new(choices.Rest), pool, limits, most))
        {
            run.Run();
        }

        pool.Check();
    }

    private static SentFraming FramingOf(int kind) => kind switch
    {
        0 => new(new LengthPrefixCodec(new() { Width = 1 }), length => new NaiveLength(0, 1, 0, true, 0).Write([], [], length), []),
        1 => new(new NetstringCodec(), NaiveNetstring.Write, ","u8.ToArray()),
        2 => new(
            new DelimiterCodec("ab"u8),
            _ => [],
            "ab"u8.ToArray(),
            body => NaiveDelimiter.Find([.. body, (byte)'a', (byte)'b'], "ab"u8.ToArray()) == body.Length),
        _ => new(new VarintCodec(), NaiveVarint.Write, []),
    };
}
