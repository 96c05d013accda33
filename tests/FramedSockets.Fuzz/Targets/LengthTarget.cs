using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary><see cref="LengthPrefixCodec"/> and <see cref="LengthFieldCodec"/>, with any options.</summary>
internal sealed class LengthTarget : IFuzzTarget
{
    private static readonly int[] Widths = [4, 1, 2, 3, 8];

    public string Name => "length";

    public IReadOnlyList<byte[]> Tokens { get; } = [[0, 0, 0, 5], [5, 0, 0, 0], [0, 5], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF]];

    public byte[] Generate(Random random)
    {
        var input = new byte[9 + LimitChoice.Length];
        random.NextBytes(input);
        input[0] = (byte)(random.Next(4) == 0 ? 1 : 0);
        input[2] = (byte)random.Next(Widths.Length);
        input[3] = (byte)(random.Next(2) * random.Next(6));
        input[4] = (byte)(random.Next(2) * random.Next(6));
        input[6] = input[7] = 0;
        input[8] = (byte)(random.Next(3) == 0 ? random.Next(256) : 0);
        if (random.Next(2) == 0)
        {
            input.AsSpan(9).Clear();
        }

        return [.. input, .. Wire(random, Widths[input[2]], (input[1] & 1) != 0, input[3], input[4])];
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var mode = choices.Below(3);
        var order = choices.Flag() ? ByteOrder.LittleEndian : ByteOrder.BigEndian;
        var width = Widths[choices.Below(Widths.Length)];
        var before = choices.Below(20);
        var after = choices.Below(20);
        var counts = (LengthCounts)choices.Below(4);
        var adjustment = Adjustment(ref choices);
        var limits = LimitChoice.Take(ref choices);
        if (before + after == 0)
        {
            RunPrefix(ref choices, mode, new(width, order, counts == LengthCounts.ItselfAndWhatFollows, adjustment), limits);
        }
        else
        {
            RunField(ref choices, mode, new(before, width, after, order, counts, adjustment), limits);
        }
    }

    private static int Adjustment(ref FuzzInput choices)
    {
        var number = (choices.Byte() << 8) | choices.Byte();
        return choices.Below(8) switch
        {
            0 => 0,
            1 => (short)number,
            2 => -(number & 0xFF),
            3 => int.MaxValue - number,
            4 => int.MinValue + number,
            _ => (sbyte)number,
        };
    }

    private static void RunPrefix(ref FuzzInput choices, int mode, PrefixOptions options, NaiveLimits limits)
    {
        var toBody = options.CountsItself ? -options.Width : options.Adjustment;
        var makesSense = !(options.CountsItself && options.Adjustment != 0) && -(long)options.Adjustment <= NaiveLength.MostOf(options.Width);
        var codec = Make(makesSense, () => new LengthPrefixCodec(new()
        {
            Width = options.Width,
            ByteOrder = options.Order,
            CountsItself = options.CountsItself,
            Adjustment = options.Adjustment,
        }));
        if (codec is not null)
        {
            var naive = new NaiveLength(0, options.Width, 0, options.Order == ByteOrder.BigEndian, toBody);
            var framing = new Framing<NoHeader>(codec, naive, _ => [0]);
            Run(ref choices, mode, framing, naive, limits, default, [], []);
        }
    }

    private static void RunField(ref FuzzInput choices, int mode, FieldOptions options, NaiveLimits limits)
    {
        var toFollowing = options.Counts switch
        {
            LengthCounts.Body => options.After,
            LengthCounts.ItselfAndWhatFollows => -options.Width,
            LengthCounts.WholeFrame => -options.Before - options.Width,
            _ => options.Adjustment,
        };
        var toBody = (long)toFollowing - options.After;
        var makesSense = options.Before + options.After <= LengthFieldHeader.MaxLength
            && options is { Before: <= LengthFieldHeader.MaxLength, After: <= LengthFieldHeader.MaxLength }
            && (options.Adjustment == 0 || options.Counts == LengthCounts.WhatFollows)
            && -toBody <= NaiveLength.MostOf(options.Width);
        var codec = Make(makesSense, () => new LengthFieldCodec(new()
        {
            BytesBefore = options.Before,
            Width = options.Width,
            BytesAfter = options.After,
            ByteOrder = options.Order,
            Counts = options.Counts,
            Adjustment = options.Adjustment,
        }));
        if (codec is not null)
        {
            var naive = new NaiveLength(options.Before, options.Width, options.After, options.Order == ByteOrder.BigEndian, toBody);
            var framing = new Framing<LengthFieldHeader>(
                codec, naive, header => [(byte)header.Before.Length, .. header.Before, .. header.After]);
            var before = Padded(choices.Take(mode == 0 ? 0 : options.Before), options.Before);
            var after = Padded(choices.Take(mode == 0 ? 0 : options.After), options.After);
            Run(ref choices, mode, framing, naive, limits, new(before, after), before, after);
        }
    }

    private static void Run<THeader>(
        ref FuzzInput choices, int mode, Framing<THeader> framing, NaiveLength naive, NaiveLimits limits, THeader header, byte[] before, byte[] after)
    {
        var fits = before.Length + after.Length <= limits.MaxHeader;
        switch (mode)
        {
            case 0:
                new DecodeCheck<THeader>(framing, limits).Run(choices.Rest);
                break;
            case 1:
                var body = choices.Rest;
                var head = fits ? naive.Write(before, after, body.Length) : null;
                EncodeCheck.Run(framing, limits, header, body, head is null ? null : [.. head, .. body]);
                break;
            default:
                var length = choices.Number();
                EncodeCheck.RunHead(framing, limits, header, length, fits ? naive.Write(before, after, length) : null);
                break;
        }
    }

    /// <summary>Options that make no sense are refused where the codec is made, and no others.</summary>
    private static T? Make<T>(bool makesSense, Func<T> make)
        where T : class
    {
        try
        {
            var made = make();
            FuzzFailureException.Require(makesSense, "options accepted", "These options make no sense.");
            return made;
        }
        catch (ArgumentException e)
        {
            FuzzFailureException.Require(!makesSense, "options refused", e.Message);
            return null;
        }
    }

    private static byte[] Padded(byte[] bytes, int length)
    {
        Array.Resize(ref bytes, length);
        return bytes;
    }

    /// <summary>A few frames, most of them right or nearly so.</summary>
    private static byte[] Wire(Random random, int width, bool isLittleEndian, int before, int after)
    {
        var wire = new List<byte>();
        for (var frames = random.Next(4); frames >= 0; frames--)
        {
            var body = random.Next(2) == 0 ? random.Next(6) : random.Next(60);
            var length = random.Next(8) == 0 ? Mutator.Boundary(random) : body + (random.Next(2) * random.Next(before + after + width + 1));
            length += random.Next(4) == 0 ? random.Next(5) - 2 : 0;
            Add(wire, random, before);
            for (var i = 0; i < width; i++)
            {
                wire.Add((byte)(length >> (8 * (isLittleEndian ? i : width - 1 - i))));
            }

            Add(wire, random, after + body);
        }

        return [.. wire];
    }

    private static void Add(List<byte> wire, Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            wire.Add((byte)random.Next(256));
        }
    }

    private sealed record PrefixOptions(int Width, ByteOrder Order, bool CountsItself, int Adjustment);

    private sealed record FieldOptions(int Before, int Width, int After, ByteOrder Order, LengthCounts Counts, int Adjustment);
}
