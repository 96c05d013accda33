using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// What the library makes of some bytes is what the specification makes of them, however they arrive; it costs memory in
/// proportion to the bytes; and what was accepted can be sent.
/// </summary>
internal sealed class DecodeCheck<THeader>(Framing<THeader> framing, NaiveLimits limits)
{
    private const long AllocatedAtAll = 400_000;
    private const long AllocatedPerByte = 3_000;
    private const int LongestHeader = 16 * 1024 * 1024;

    private static readonly PipeOptions Options = new(
        new PoisonMemory(), PipeScheduler.Inline, PipeScheduler.Inline, pauseWriterThreshold: 0, minimumSegmentSize: 16, useSynchronizationContext: false);

    private readonly List<(THeader Header, byte[] Body)> _kept = [];

    public void Run(byte[] wire)
    {
        var expected = new Transcript();
        framing.Naive.Decode(wire, limits, expected);
        var random = new Random(HashOf(wire));
        CompareWhole(wire, expected);
        Compare("byte by byte", expected, ChunksOf(wire, () => 1), 1 + (random.Next(2) * wire.Length), endsLate: random.Next(2) == 0);
        Compare("in random segments", expected, ChunksOf(wire, () => random.Next(12)), 1 + random.Next(8), endsLate: random.Next(2) == 0);
        ComparePipe(wire, expected, random);
        Resend(wire, expected);
    }

    /// <summary>The bytes as they are, which is the way that is measured.</summary>
    private void CompareWhole(byte[] wire, Transcript expected)
    {
        var pool = PoisonPool.Renew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var received = new Transcript();
        var peer = new FramePeer<THeader>(framing, limits.ToLimits()) { Kept = _kept, Insists = true };
        peer.Receive(new ChunkReader([wire.ToArray()], 1, endsLate: false), () => false, pool, received);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        FuzzFailureException.Require(
            allocated <= AllocatedAtAll + (AllocatedPerByte * wire.Length), "too much memory", $"{allocated} bytes for {wire.Length}");
        Compare("whole", expected, received, pool);
    }

    private void Compare(string how, Transcript expected, byte[][] chunks, int perRead, bool endsLate)
    {
        var pool = PoisonPool.Renew();
        var received = new Transcript();
        new FramePeer<THeader>(framing, limits.ToLimits()).Receive(new ChunkReader(chunks, perRead, endsLate), () => false, pool, received);
        Compare(how, expected, received, pool);
    }

    private void ComparePipe(byte[] wire, Transcript expected, Random random)
    {
        var pool = PoisonPool.Renew();
        var received = new Transcript();
        var pipe = new Pipe(Options);
        var at = 0;
        new FramePeer<THeader>(framing, limits.ToLimits()).Receive(pipe.Reader, Feed, pool, received);
        Compare("through a pipe", expected, received, pool);

        bool Feed()
        {
            if (at == wire.Length)
            {
                pipe.Writer.Complete();
                return at++ == wire.Length;
            }

            if (at > wire.Length)
            {
                return false;
            }

            var count = Math.Min(wire.Length - at, 1 + random.Next(random.Next(2) == 0 ? 2 : 40));
            _ = pipe.Writer.WriteAsync(wire.AsMemory(at, count)).AsTask();
            at += count;
            return true;
        }
    }

    private void Compare(string how, Transcript expected, Transcript received, PoisonPool pool)
    {
        pool.Check();
        FuzzFailureException.Require(
            framing.HasBorders ? received.Bytes.SequenceEqual(expected.Bytes) : Joined(received) == Joined(expected),
            $"decodes differently {how}",
            $"expected {expected}, received {received}");
    }

    /// <summary>What was accepted is sent again, and arrives again.</summary>
    private void Resend(byte[] wire, Transcript expected)
    {
        if (_kept.Count == 0 || _kept.Exists(frame => !framing.CanSend(frame.Body)))
        {
            return;
        }

        // Where a header can be written in several ways, ours may be longer than the peer's.
        var bounds = framing.IsCanonical ? limits : limits with { MaxHeader = LongestHeader };
        var output = new MemoryOutput();
        var pool = PoisonPool.Renew();
        var writer = new FrameWriter<THeader>(output, framing.Codec, bounds.ToLimits(), pool: pool);
        foreach (var (header, body) in _kept)
        {
            FuzzFailureException.Require(writer.TrySend(header, body), "queue full", "A pipe that takes everything is full.");
        }

        pool.Check();
        var sent = output.Written.ToArray();
        FuzzFailureException.Require(
            !framing.IsCanonical || !expected.IsClean || _kept.Count < expected.Frames || wire.AsSpan().SequenceEqual(sent),
            "sent differently",
            $"{Convert.ToHexString(sent)} for {Convert.ToHexString(wire)}");
        var again = new Transcript();
        framing.Naive.Decode(sent, bounds, again);
        var wanted = new Transcript();
        _kept.ForEach(frame => wanted.AddFrame(framing.Describe(frame.Header), frame.Body));
        wanted.End(null);
        FuzzFailureException.Require(again.Bytes.SequenceEqual(wanted.Bytes), "arrives differently", $"sent {wanted}, received {again}");
    }

    private static byte[][] ChunksOf(byte[] wire, Func<int> next)
    {
        var chunks = new List<byte[]>();
        for (var at = 0; at < wire.Length;)
        {
            var count = Math.Min(next(), wire.Length - at);
            chunks.Add(wire[at..(at + count)]);
            at += count;
        }

        return [.. chunks.DefaultIfEmpty([])];
    }

    /// <summary>The bytes of all bodies in one: where borders mean nothing, that is what counts.</summary>
    private static string Joined(Transcript transcript) => transcript.ToString().Replace("] F[- ", "", StringComparison.Ordinal);

    private static int HashOf(byte[] wire)
    {
        var hash = 17;
        foreach (var value in wire)
        {
            hash = unchecked((hash * 31) + value);
        }

        return hash;
    }
}
