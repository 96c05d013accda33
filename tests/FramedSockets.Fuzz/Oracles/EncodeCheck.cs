using System.Buffers;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// What the library sends is what the specification says, in one piece or in several; what the specification cannot say is
/// refused and leaves the output untouched.
/// </summary>
internal static class EncodeCheck
{
    /// <summary>A whole frame, sent and received again.</summary>
    /// <param name="framing">The framing.</param>
    /// <param name="limits">The limits of both sides.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The body.</param>
    /// <param name="expected">The bytes, or <see langword="null"/> for a refusal.</param>
    public static void Run<THeader>(Framing<THeader> framing, NaiveLimits limits, THeader header, byte[] body, byte[]? expected)
    {
        expected = body.Length > limits.MaxBody ? null : expected;
        Compare("encodes differently", expected, Send(framing, limits, header, new(body), inBatch: false));
        Compare("encodes differently in a batch", expected, Send(framing, limits, header, new(body), inBatch: true));
        Compare("encodes differently in pieces", expected, Send(framing, limits, header, Segments.Of(body, 1 + (body.Length / 3)), inBatch: false));
        if (expected is not null)
        {
            new DecodeCheck<THeader>(framing, limits).Run(expected);
        }
    }

    /// <summary>A head alone, for bodies that nobody holds in memory.</summary>
    public static void RunHead<THeader>(Framing<THeader> framing, NaiveLimits limits, THeader header, long bodyLength, byte[]? expected)
    {
        var output = new ArrayBufferWriter<byte>();
        byte[]? written = null;
        try
        {
            framing.Codec.Encode(header, new HeaderEncodeContext(limits.ToLimits(), bodyLength), output);
            written = output.WrittenSpan.ToArray();
        }
        catch (FramedSocketException)
        {
        }

        Compare("encodes a head differently", expected, written);
        if (written is { Length: > 0 })
        {
            var result = framing.Codec.Decode(written, new HeaderDecodeContext(limits.ToLimits(), 0), out var received);
            FuzzFailureException.Require(
                result.IsComplete && result.BodyLength == bodyLength && framing.Describe(received).AsSpan().SequenceEqual(framing.Describe(header)),
                "head arrives differently",
                $"{bodyLength} became {result.BodyLength}");
        }
    }

    private static byte[]? Send<THeader>(Framing<THeader> framing, NaiveLimits limits, THeader header, in ReadOnlySequence<byte> body, bool inBatch)
    {
        var output = new MemoryOutput();
        var pool = PoisonPool.Renew();
        var writer = new FrameWriter<THeader>(output, framing.Codec, limits.ToLimits(), pool: pool);
        try
        {
            if (inBatch)
            {
                writer.Queue.Batch.Begin();
            }

            FuzzFailureException.Require(writer.TrySend(header, body), "queue full", "A pipe that takes everything is full.");
            writer.Queue.Batch.EndIfMine();
        }
        catch (FramedSocketException)
        {
            pool.Check();
            FuzzFailureException.Require(output.Written.IsEmpty, "a refusal leaves traces", $"{Convert.ToHexString(output.Written)}");
            return null;
        }

        pool.Check();
        return output.Written.ToArray();
    }

    private static void Compare(string kind, byte[]? expected, byte[]? written) => FuzzFailureException.Require(
        (expected is null) == (written is null) && expected.AsSpan().SequenceEqual(written),
        kind,
        $"expected {Text(expected)}, written {Text(written)}");

    private static string Text(byte[]? bytes) => bytes is null ? "a refusal" : $"'{Convert.ToHexString(bytes)}'";
}
