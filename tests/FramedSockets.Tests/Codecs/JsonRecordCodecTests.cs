using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>The JSON codec with a header that only the serializer can make and write.</summary>
public sealed class JsonRecordCodecTests : CodecConformanceTests<PutRecord>
{
    protected override IHeaderCodec<PutRecord> Codec { get; } =
        new JsonHeaderCodec<PutRecord>(TestJsonContext.Default.PutRecord, "filesize", ByteOrder.BigEndian);

    protected override IReadOnlyList<CodecSample<PutRecord>> Samples { get; } =
        [new(new("p", null, 0), "hi"u8.ToArray()), new(new("put", "\u00E4", -5, [1, 2, 3]), []), new(new("put", "b", 9), new byte[100])];

    protected override Gen<PutRecord> Headers =>
        from cmd in Gen.Elements("put", "", "\u00E4", "\"")
        from name in Gen.Elements("x", null)
        from parts in Gen.Choose(0, 9).ListOf()
        select new PutRecord(cmd, name, 1, [.. parts]);

    protected override CodecSample<PutRecord> LongHeader => new(new("put", new('f', 16_000), 0), [1, 2]);

    protected override long AllocatedPerHeader => 512;

    protected override PutRecord Received(CodecSample<PutRecord> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Header with { Filesize = sample.Body.Length };
    }

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 4;
    }
}
