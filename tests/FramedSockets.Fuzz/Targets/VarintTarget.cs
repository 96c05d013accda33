using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary><see cref="VarintCodec"/>, <see cref="NetstringCodec"/> and <see cref="FixedSizeCodec"/>.</summary>
internal sealed class VarintTarget : IFuzzTarget
{
    public string Name => "varint";

    public IReadOnlyList<byte[]> Tokens { get; } =
    [
        [0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0x10], [0x80, 0], [0xAC, 2], .. new[] { "0:,", "5:hello,", "10:", ",", ":", "00:", "9223372036854775807:", "9223372036854775808:" }.Select(Encoding.ASCII.GetBytes),
    ];

    public byte[] Generate(Random random)
    {
        var input = new byte[3 + LimitChoice.Length];
        random.NextBytes(input);
        input[0] = (byte)random.Next(3);
        input[1] = (byte)(random.Next(4) == 0 ? random.Next(3) : 0);
        if (random.Next(2) == 0)
        {
            input.AsSpan(3).Clear();
        }

        var wire = new List<byte>(input);
        for (var frames = random.Next(5); frames >= 0; frames--)
        {
            var body = new byte[random.Next(2) == 0 ? random.Next(6) : random.Next(150)];
            random.NextBytes(body);
            var length = random.Next(8) == 0 ? Mutator.Boundary(random) : body.Length;
            length += random.Next(6) == 0 ? random.Next(5) - 2 : 0;
            wire.AddRange(input[0] switch { 0 => NaiveVarint.Write(length), 1 => Encoding.ASCII.GetBytes($"{length}:"), _ => null } ?? []);
            wire.AddRange(body);
            wire.AddRange(input[0] == 1 && random.Next(8) > 0 ? ","u8.ToArray() : []);
        }

        return [.. wire];
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var kind = choices.Below(3);
        var mode = choices.Below(3);
        var size = choices.Byte();
        var limits = LimitChoice.Take(ref choices);
        switch (kind)
        {
            case 0:
                Run(ref choices, mode, new(new VarintCodec(), new NaiveVarint(), _ => []), limits, NaiveVarint.Write, []);
                break;
            case 1:
                Run(ref choices, mode, new(new NetstringCodec(), new NaiveNetstring(), _ => []), limits, NaiveNetstring.Write, ","u8.ToArray());
                break;
            default:
                var length = size < 128 ? 1 + (size % 40) : choices.Number() & long.MaxValue;
                if (length > 0)
                {
                    var framing = new Framing<NoHeader>(new FixedSizeCodec(length), new NaiveFixed(length), _ => []);
                    Run(ref choices, mode, framing, limits, other => other == length ? [] : null, []);
                }

                break;
        }
    }

    private static void Run(
        ref FuzzInput choices, int mode, Framing<NoHeader> framing, NaiveLimits limits, Func<long, byte[]?> write, byte[] trailer)
    {
        switch (mode)
        {
            case 0:
                new DecodeCheck<NoHeader>(framing, limits).Run(choices.Rest);
                break;
            case 1:
                var body = choices.Rest;
                EncodeCheck.Run(framing, limits, default, body, write(body.Length) is { } head ? [.. head, .. body, .. trailer] : null);
                break;
            default:
                var length = choices.Number();
                EncodeCheck.RunHead(framing, limits, default, length, write(length));
                break;
        }
    }
}
