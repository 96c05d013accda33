using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>What every codec has to hold to. A subclass gives a codec, some frames and a generator of frames.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
public abstract class CodecConformanceTests<THeader>
{
    private const int Cases = 10_000;
    private const int SegmentLength = 4096;

    /// <summary>Limits that no sample comes near.</summary>
    private static readonly FrameLimits Wide = new() { MaxHeaderLength = 16 * 1024 * 1024, MaxBodyLength = long.MaxValue };

    protected abstract IHeaderCodec<THeader> Codec { get; }

    /// <summary>A few frames, short ones among them, and one with an empty body where the framing has such.</summary>
    protected abstract IReadOnlyList<CodecSample<THeader>> Samples { get; }

    protected abstract Gen<THeader> Headers { get; }

    protected virtual Gen<byte[]> Bodies => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    /// <summary>A body of so many bytes.</summary>
    protected virtual byte[] BodyOf(int length) => [.. Enumerable.Repeat((byte)'x', length)];

    /// <summary>What the peer sees of a header: codecs may fill in a length.</summary>
    protected virtual THeader Received(CodecSample<THeader> sample) => sample.Header;

    /// <summary>Of a head's bytes, those that the header limit counts; <see langword="null"/> where headers have no length of their own.</summary>
    protected virtual int? CountedLength(byte[] head) => null;

    /// <summary>The longest header that there is, to be fed byte by byte.</summary>
    protected abstract CodecSample<THeader> LongHeader { get; }

    /// <summary>How often a byte may be looked at where it arrives alone.</summary>
    protected virtual int LooksPerByte => 1;

    /// <summary>Whether a frame that arrived could also be sent; in every framing but one it can.</summary>
    protected virtual bool CanBeSent(CodecSample<THeader> frame) => true;

    /// <summary>The most bytes that receiving a header of this type costs by itself: its own memory, where it is a class.</summary>
    protected virtual long AllocatedPerHeader => 0;

    private byte[] Wire => [.. Samples.SelectMany(sample => CodecPeer.Encode(Codec, sample))];

    [Fact]
    public void Frames_arrive_as_they_were_sent()
    {
        var received = CodecPeer.Decode(Codec, Wire);
        Assert.Null(received.Failure);
        Assert.Equal(Samples.Count, received.Frames.Count);
        Assert.All(Samples.Zip(received.Frames), pair => AssertSame(pair.First, pair.Second));
    }

    [Fact]
    public async Task Every_split_in_two_gives_the_same()
    {
        var wire = Wire;
        var whole = CodecPeer.Decode(Codec, wire).ToString();
        foreach (var parts in Splits.InTwo(wire))
        {
            AssertSameInMemory(whole, parts);
            Assert.Equal(whole, (await CodecPeer.DecodeAsync(Codec, parts)).ToString());
        }
    }

    [Fact]
    public void Every_split_of_a_short_frame_in_three_gives_the_same()
    {
        var wire = Samples.Select(sample => CodecPeer.Encode(Codec, sample)).MinBy(frame => frame.Length)!;
        wire = [.. wire, .. wire];
        var whole = CodecPeer.Decode(Codec, wire).ToString();
        foreach (var parts in Splits.InThree(wire))
        {
            AssertSameInMemory(whole, parts);
        }
    }

    [Fact]
    public async Task One_byte_at_a_time_gives_the_same()
    {
        var wire = Wire;
        var whole = CodecPeer.Decode(Codec, wire).ToString();
        AssertSameInMemory(whole, Splits.InBytes(wire));
        Assert.Equal(whole, (await CodecPeer.DecodeAsync(Codec, Splits.InBytes(wire))).ToString());
    }

    [Fact]
    public async Task A_long_header_is_decoded_once_however_it_arrives()
    {
        var recorder = new RecordingCodec<THeader>(Codec);
        var wire = CodecPeer.Encode(Codec, LongHeader);
        var received = await CodecPeer.DecodeAsync(recorder, Splits.InBytes(wire));
        AssertSame(LongHeader, Assert.Single(received.Frames));
        Assert.Equal(1, recorder.Completed);

        // A head that crosses segments is shown once more: its first segment alone, before it is made contiguous.
        Assert.InRange(recorder.BytesShown, 0, ((long)wire.Length * LooksPerByte) + SegmentLength + 64);
    }

    [Fact]
    public void A_body_of_exactly_the_limit_passes_and_one_more_does_not()
    {
        var sample = Samples.MaxBy(sample => sample.Body.Length)!;
        var wire = CodecPeer.Encode(Codec, sample);
        var exact = Wide with { MaxBodyLength = sample.Body.Length };
        Assert.Equal(wire, CodecPeer.Encode(Codec, sample, exact));
        AssertSame(sample, Assert.Single(CodecPeer.Decode(Codec, wire, exact).Frames));

        var less = Wide with { MaxBodyLength = sample.Body.Length - 1 };
        Assert.Null(CodecPeer.TryEncode(Codec, sample, less));
        Assert.Equal(FramedSocketError.BodyTooLong, CodecPeer.Decode(Codec, wire, less).Failure?.Error);
    }

    [Fact]
    public void A_header_of_exactly_the_limit_passes_and_one_more_does_not()
    {
        var wire = CodecPeer.Encode(Codec, LongHeader);
        var frame = Assert.Single(CodecPeer.Decode(Codec, wire, Wide).Frames);
        if (CountedLength(frame.Head) is not { } length)
        {
            // Without a header of its own, a framing works under the least limit.
            Assert.Null(CodecPeer.Decode(Codec, wire, Wide with { MaxHeaderLength = 1 }).Failure);
            return;
        }

        var exact = Wide with { MaxHeaderLength = length };
        Assert.Equal(wire, CodecPeer.Encode(Codec, LongHeader, exact));
        AssertSame(LongHeader, Assert.Single(CodecPeer.Decode(Codec, wire, exact).Frames));

        var less = Wide with { MaxHeaderLength = length - 1 };
        Assert.Null(CodecPeer.TryEncode(Codec, LongHeader, less));
        Assert.Equal(FramedSocketError.HeaderTooLong, CodecPeer.Decode(Codec, wire, less).Failure?.Error);
    }

    [Fact]
    public async Task A_thousand_frames_in_one_segment_cost_one_read()
    {
        var frame = CodecPeer.Encode(Codec, Samples[0]);
        var wire = Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes).ToArray();
        var input = new ScriptedReader();
        input.Deliver(wire);
        input.End();
        var reader = new FrameReader<THeader>(input, Codec, pool: CheckedPool.Create());
        var count = 0;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
            {
                count++;
            }
        }

        Assert.Equal(1000, count);
        Assert.InRange(input.Reads, 1, 3);
    }

    [Fact]
    public void What_is_encoded_is_decoded_and_what_is_refused_leaves_no_trace()
    {
        var limits = from header in Gen.Choose(1, 64) from body in Gen.Choose(0, 40) select (header, body);
        var frames = from header in Headers from body in Bodies from limit in limits select (new CodecSample<THeader>(header, body), limit);
        Check(frames, frame =>
        {
            var (sample, (maxHeader, maxBody)) = frame;
            var tight = new FrameLimits { MaxHeaderLength = maxHeader, MaxBodyLength = maxBody };
            if (CodecPeer.TryEncode(Codec, sample, Wide) is { } wire)
            {
                AssertSame(sample, Assert.Single(CodecPeer.Decode(Codec, wire, Wide).Frames));

                // Under tighter limits both directions say the same.
                var accepted = CodecPeer.TryEncode(Codec, sample, tight);
                var received = CodecPeer.Decode(Codec, wire, tight);
                Assert.Equal(accepted is null, received.Failure is not null);
                Assert.True(accepted is null || accepted.AsSpan().SequenceEqual(wire));
            }
        });
    }

    [Fact]
    public void What_is_decoded_can_be_encoded()
    {
        var wire = Wire;
        var mutations = from at in Gen.Choose(0, wire.Length - 1) from value in Gen.Choose(0, 255) select (at, (byte)value);
        Check(from list in mutations.ListOf() select list.Take(3).ToArray(), changes =>
        {
            var changed = wire.ToArray();
            foreach (var (at, value) in changes)
            {
                changed[at] = value;
            }

            foreach (var frame in CodecPeer.Decode(Codec, changed).Frames)
            {
                var sample = new CodecSample<THeader>(frame.Header, frame.Body);
                var again = CodecPeer.TryEncode(Codec, sample, FrameLimits.Default);
                Assert.Equal(CanBeSent(sample), again is not null);
                if (again is not null)
                {
                    AssertSame(sample, Assert.Single(CodecPeer.Decode(Codec, again).Frames));
                }
            }
        });
    }

    [Fact]
    public async Task A_body_larger_than_the_pipe_holds_arrives()
    {
        var sample = Samples[0] with { Body = BodyOf(LargeBodyLength) };
        var wire = CodecPeer.Encode(Codec, sample);
        AssertSame(sample, Assert.Single((await CodecPeer.DecodeAsync(Codec, [wire])).Frames));
        AssertSame(sample, Assert.Single((await CodecPeer.DecodeAsync(Codec, wire.Chunk(4096).Select(chunk => (ReadOnlyMemory<byte>)chunk))).Frames));
    }

    /// <summary>More than a pipe holds by default, where the framing can say it.</summary>
    protected virtual int LargeBodyLength => 200_000;

    [Fact]
    public void An_end_at_each_byte_is_clean_only_between_frames()
    {
        var wire = Wire;
        var borders = Samples.Select(sample => CodecPeer.Encode(Codec, sample).Length).Aggregate(
            new List<int> { 0 }, (list, length) => [.. list, list[^1] + length]);
        for (var i = 0; i <= wire.Length; i++)
        {
            var received = CodecPeer.Decode(Codec, wire[..i]);
            var border = borders.IndexOf(i);
            Assert.Equal(borders.FindLastIndex(b => b <= i), received.Frames.Count);
            Assert.Equal(border >= 0 ? null : FramedSocketError.TruncatedFrame, received.Failure?.Error);
        }
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var frame = CodecPeer.Encode(Codec, Samples[0]);
        var wire = new ReadOnlySequence<byte>([.. Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes)]);
        AssertAllocated(AllocatedPerHeader, () =>
        {
            var reader = new FrameReader<THeader>(PipeReader.Create(wire), Codec, pool: CheckedPool.Create());
            Assert.True(reader.WaitToReadAsync() is { IsCompletedSuccessfully: true, Result: true });
            Assert.True(reader.TryRead(out _));
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 1; i < 999; i++)
            {
                Assert.True(reader.TryRead(out _));
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var encoder = new FrameEncoder<THeader>(Codec, CheckedPool.Create());
        var output = new ArrayBufferWriter<byte>(1024 * 1024);
        AssertAllocated(0, () =>
        {
            output.ResetWrittenCount();
            encoder.Write(output, Samples[0].Header, Samples[0].Body, FrameLimits.Default);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 1; i < 999; i++)
            {
                encoder.Write(output, Samples[0].Header, Samples[0].Body, FrameLimits.Default);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    private static void Check<T>(Gen<T> gen, Action<T> check) =>
        Prop.ForAll(gen.ToArbitrary(), check).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    private static void AssertAllocated(long perFrame, Func<long> run)
    {
        // The first runs warm up; a run in which the runtime compiled something may count for nothing.
        var least = Enumerable.Range(0, 5).Min(_ => run());
        Assert.InRange(least, 0, perFrame * 998);
    }

    private void AssertSame(CodecSample<THeader> sent, ReceivedFrame<THeader> received)
    {
        Assert.Equal(Received(sent), received.Header);
        Assert.Equal(sent.Body, received.Body);
    }

    private void AssertSameInMemory(string whole, ReadOnlyMemory<byte>[] parts)
    {
        var segments = new GuardedSegments();
        Assert.Equal(whole, CodecPeer.Decode(Codec, segments.Of(parts)).ToString());
        Assert.Equal(whole, CodecPeer.Decode(Codec, segments.FollowedByAnother(parts)).ToString());
        segments.AssertGuards();
    }
}
