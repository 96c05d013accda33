using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary><see cref="DelimiterCodec"/>, <see cref="LineCodec"/>, <see cref="HeaderBlockCodec"/> and <see cref="RawCodec"/>.</summary>
internal sealed class TextTarget : IFuzzTarget
{
    private const int LongestDelimiter = 255;
    private const int LongestBlockEnd = 32;

    public string Name => "text";

    public IReadOnlyList<byte[]> Tokens { get; } =
        [[(byte)'\n'], [(byte)'\r'], [(byte)'\r', (byte)'\n'], "\r\n\r\n"u8.ToArray(), "aa"u8.ToArray(), "aab"u8.ToArray(), "abab"u8.ToArray(), [.. Enumerable.Repeat((byte)'a', 100)]];

    public byte[] Generate(Random random)
    {
        var kind = random.Next(4);
        var delimiter = new byte[random.Next(3) == 0 ? random.Next(1, LongestDelimiter + 1) : random.Next(1, 6)];
        for (var i = 0; i < delimiter.Length; i++)
        {
            delimiter[i] = (byte)('a' + random.Next(2));
        }

        var input = new byte[3 + LimitChoice.Length];
        random.NextBytes(input);
        input[0] = (byte)kind;
        input[1] = (byte)(random.Next(3) == 0 ? 1 : 0);
        input[2] = (byte)delimiter.Length;
        if (random.Next(3) == 0)
        {
            input.AsSpan(3).Clear();
        }

        var wire = new List<byte>(input);
        wire.AddRange(kind is 0 or 2 ? delimiter : []);
        for (var frames = random.Next(4); frames >= 0; frames--)
        {
            for (var length = random.Next(2) == 0 ? random.Next(8) : random.Next(130); length > 0; length--)
            {
                wire.Add(random.Next(12) == 0 ? (byte)'\r' : (byte)('a' + random.Next(2)));
            }

            wire.AddRange(kind == 1 ? "\n"u8 : delimiter);
        }

        return [.. wire];
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var kind = choices.Below(4);
        var sends = choices.Flag();
        var size = choices.Byte();
        var limits = LimitChoice.Take(ref choices);
        switch (kind)
        {
            case 0:
                RunDelimiter(ref choices, sends, choices.Take(1 + (size % LongestDelimiter)), limits);
                break;
            case 1:
                RunLine(ref choices, sends, (size & 1) != 0, limits);
                break;
            case 2:
                RunBlock(ref choices, sends, choices.Take(1 + (size % LongestBlockEnd)), limits);
                break;
            default:
                RunRaw(choices.Rest, limits);
                break;
        }
    }

    private static void RunDelimiter(ref FuzzInput choices, bool sends, byte[] delimiter, NaiveLimits limits)
    {
        if (delimiter.Length == 0)
        {
            return;
        }

        var naive = new NaiveDelimiter(delimiter);
        var framing = new Framing<NoHeader>(new DelimiterCodec(delimiter), naive, _ => []);
        var body = choices.Rest;
        if (sends)
        {
            EncodeCheck.Run(framing, limits, default, body, naive.CanSend(body, limits) ? [.. body, .. delimiter] : null);
        }
        else
        {
            new DecodeCheck<NoHeader>(framing, limits).Run(body);
        }
    }

    private static void RunLine(ref FuzzInput choices, bool sends, bool sendsCr, NaiveLimits limits)
    {
        var naive = new NaiveLine(sendsCr);
        var framing = new Framing<NoHeader>(new LineCodec(sendsCr ? LineEnding.CrLf : LineEnding.Lf), naive, _ => [])
        {
            IsCanonical = false,
            CanSend = line => sendsCr || line is not [.., (byte)'\r'],
        };
        var body = choices.Rest;
        if (sends)
        {
            byte[] ending = sendsCr ? [(byte)'\r', (byte)'\n'] : [(byte)'\n'];
            EncodeCheck.Run(framing, limits, default, body, naive.CanSend(body, limits) ? [.. body, .. ending] : null);
        }
        else
        {
            new DecodeCheck<NoHeader>(framing, limits).Run(body);
        }
    }

    private static void RunBlock(ref FuzzInput choices, bool sends, byte[] delimiter, NaiveLimits limits)
    {
        if (delimiter.Length == 0)
        {
            return;
        }

        var naive = new NaiveBlock(delimiter);
        var framing = new Framing<ReadOnlyMemory<byte>>(new HeaderBlockCodec(delimiter), naive, header => header.ToArray()) { CanSend = _ => false };
        if (!sends)
        {
            new DecodeCheck<ReadOnlyMemory<byte>>(framing, limits).Run(choices.Rest);
            return;
        }

        var header = choices.Take(choices.Byte());
        var body = choices.Rest;
        var sent = Stream(framing.Codec, limits, header, body);
        var expected = naive.CanSend(header, limits) && body.Length <= limits.MaxBody ? [.. header, .. delimiter, .. body] : Array.Empty<byte>();
        FuzzFailureException.Require(sent.AsSpan().SequenceEqual(expected), "streams differently", $"{Convert.ToHexString(sent)} for {Convert.ToHexString(expected)}");
        new DecodeCheck<ReadOnlyMemory<byte>>(framing, limits).Run(sent);
    }

    /// <summary>Sends a header and a body until the end, and gives what left; nothing where it was refused.</summary>
    private static byte[] Stream(IHeaderCodec<ReadOnlyMemory<byte>> codec, NaiveLimits limits, byte[] header, byte[] body)
    {
        var output = new MemoryOutput();
        var pool = PoisonPool.Renew();
        var writer = new FrameWriter<ReadOnlyMemory<byte>>(output, codec, limits.ToLimits(), pool: pool);
        try
        {
            using var source = new MemoryStream(body);
            var sending = writer.SendAsync(header, source, HeaderDecodeResult.UntilEnd).AsTask();
            FuzzFailureException.Require(sending.IsCompleted, "waits for ever", "A pipe that takes everything makes a sender wait.");
            sending.GetAwaiter().GetResult();
        }
        catch (FramedSocketException)
        {
            FuzzFailureException.Require(output.Written.IsEmpty, "a refusal leaves traces", $"{Convert.ToHexString(output.Written)}");
        }

        pool.Check();
        return output.Written.ToArray();
    }

    /// <summary>Without a framing, the frames are the bytes: all of them, in pieces that are not empty and within the limit.</summary>
    private static void RunRaw(byte[] wire, NaiveLimits limits)
    {
        var most = Math.Max(1, limits.MostHeld);
        foreach (var length in (int[])[Math.Max(1, wire.Length), 7, 1])
        {
            var pool = PoisonPool.Renew();
            var input = new ChunkReader([.. wire.Chunk(length).DefaultIfEmpty([])], 3, endsLate: false);
            var kept = new List<(NoHeader Header, byte[] Body)>();
            var received = new Transcript();
            var framing = new Framing<NoHeader>(new RawCodec(), new NaiveFixed(1), _ => []);
            var wide = limits.MaxBody == 0 ? limits with { MaxBody = 1 } : limits;
            new FramePeer<NoHeader>(framing, wide.ToLimits()) { Kept = kept }.Receive(input, () => false, pool, received);
            pool.Check();
            FuzzFailureException.Require(wire.AsSpan().SequenceEqual(kept.SelectMany(frame => frame.Body).ToArray()), "raw bytes differ", $"{received}");
            FuzzFailureException.Require(kept.TrueForAll(frame => frame.Body.Length >= 1 && frame.Body.Length <= most), "raw frame too long", $"{received}");
            FuzzFailureException.Require(received.ToString().EndsWith("end", StringComparison.Ordinal), "raw bytes refused", $"{received}");
        }
    }
}
