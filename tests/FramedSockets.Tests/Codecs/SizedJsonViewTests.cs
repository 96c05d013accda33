using System.Text;
using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>The JSON wire that can be passed on without a look at its header.</summary>
public sealed class SizedJsonViewTests : CodecConformanceTests<JsonHeaderView>
{
    protected override IHeaderCodec<JsonHeaderView> Codec { get; } = JsonViews.Sized();

    protected override IReadOnlyList<CodecSample<JsonHeaderView>> Samples { get; } =
        [new(View("""{"id":7}"""), "hello"u8.ToArray()), new(View("{}"), []), new(View("not looked at"), [1])];

    protected override Gen<JsonHeaderView> Headers => Gen.Choose(0, 70).Select(length => View(new string('x', length)));

    protected override CodecSample<JsonHeaderView> LongHeader => new(View(new string('x', 16_000)), [1, 2]);

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 8;
    }

    private static JsonHeaderView View(string json) => new(Encoding.UTF8.GetBytes(json));
}
