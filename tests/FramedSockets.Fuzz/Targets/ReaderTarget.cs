using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary>
/// A reader over a pipe that follows a script: chunks, cancelled waits, ends and resets, limits that change, bodies left half
/// read, and another framing in mid-stream. What it gives is compared with the specification's frames step by step.
/// </summary>
internal sealed class ReaderTarget : IFuzzTarget
{
    private const int MostFramings = 5;

    public string Name => "reader";

    public IReadOnlyList<byte[]> Tokens { get; } = [[0, 5], [5], "5:hello,"u8.ToArray(), "ab"u8.ToArray(), "\n"u8.ToArray(), [0x80, 1], [60]];

    public byte[] Generate(Random random)
    {
        var kind = random.Next(MostFramings);
        var script = new byte[random.Next(40)];
        random.NextBytes(script);
        byte[] input = [(byte)kind, 0, 0, 0, (byte)random.Next(2), (byte)script.Length, .. script];
        if (random.Next(3) > 0)
        {
            random.NextBytes(input.AsSpan(1, 4));
        }

        var wire = new List<byte>(input);
        for (var frames = random.Next(8); frames >= 0; frames--)
        {
            var body = new byte[random.Next(2) == 0 ? random.Next(6) : random.Next(120)];
            random.NextBytes(body);
            var length = body.Length + (random.Next(12) == 0 ? random.Next(5) - 2 : 0);
            wire.AddRange((random.Next(10) == 0 ? random.Next(MostFramings) : kind) switch
            {
                0 => [(byte)(length >> 8), (byte)length, .. body],
                1 => [(byte)length, .. body],
                2 => [.. Encoding.ASCII.GetBytes($"{length}:"), .. body, (byte)','],
                3 => [.. body, (byte)'a', (byte)'b'],
                _ => [.. NaiveVarint.Write(Math.Max(0, length))!, .. body],
            });
        }

        return [.. wire];
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var kind = choices.Below(MostFramings);
        var limits = LimitChoice.Take(ref choices);
        var script = new ScriptedChoices(choices.Take(choices.Byte()));
        var stream = new ScriptedStream(choices.Rest, script);
        var pool = PoisonPool.Renew();
        for (var left = 3; left > 0; left--)
        {
            var run = new ReaderRun<NoHeader>(FramingOf(kind), stream, script, pool, limits);
            if (!run.Run())
            {
                break;
            }

            kind = script.Below(MostFramings);
            limits = run.Limits;
        }

        pool.Check();
    }

    private static Framing<NoHeader> FramingOf(int kind) => kind switch
    {
        0 => new(new LengthPrefixCodec(new() { Width = 2 }), new NaiveLength(0, 2, 0, true, 0), _ => [0]),
        1 => new(new LengthPrefixCodec(new() { Width = 1 }), new NaiveLength(0, 1, 0, true, 0), _ => [0]),
        2 => new(new NetstringCodec(), new NaiveNetstring(), _ => []),
        3 => new(new DelimiterCodec("ab"u8), new NaiveDelimiter("ab"u8.ToArray()), _ => []),
        _ => new(new VarintCodec(), new NaiveVarint(), _ => []),
    };
}
