using System.Text;
using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>The JSON wire whose length stands in the header, for headers that are not made into anything.</summary>
public sealed class JsonViewTests : CodecConformanceTests<JsonHeaderView>
{
    protected override IHeaderCodec<JsonHeaderView> Codec { get; } = JsonViews.WithLength("filesize");

    protected override IReadOnlyList<CodecSample<JsonHeaderView>> Samples { get; } =
    [
        new(View("""{"cmd":"put","filesize":0}"""), "hello"u8.ToArray()),
        new(View("""{"filesize":0}"""), []),
        new(View("""{ "filesize" : 0 , "name" : "é" , "more" : [1,{"filesize":3}] }"""), [1, 2]),
    ];

    protected override Gen<JsonHeaderView> Headers => Gen.Elements(
        """{"filesize":0}""", """{"cmd":"put","filesize":0}""", """{"filesize":"0"}""", """{"filesize":0,"x":{"filesize":0}}""", "{}", "", "{")
        .Select(View);

    protected override CodecSample<JsonHeaderView> LongHeader => new(View($$"""{"name":"{{new string('n', 16_000)}}","filesize":0}"""), [1, 2]);

    protected override JsonHeaderView Received(CodecSample<JsonHeaderView> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var text = sample.Header.ToString();
        var at = text.IndexOf("\"filesize\"", StringComparison.Ordinal);
        var start = at + text.AsSpan(at).IndexOfAnyInRange('0', '9');
        var end = start + text.AsSpan(start).IndexOfAnyExceptInRange('0', '9');
        return View($"{text[..start]}{sample.Body.Length}{text[end..]}");
    }

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 4;
    }

    [Fact]
    public void Members_are_looked_at_one_by_one()
    {
        var view = View("""{"n":5,"half":0.5,"t":true,"f":false,"text":"a\u0062","o":{"n":9},"z":null,"a":[1],"\u00e9":"\n"}""");
        Assert.True(view.TryGetInt64("n"u8, out var number) && number == 5);
        Assert.True(view.TryGetBoolean("t"u8, out var truth) && truth);
        Assert.True(view.TryGetBoolean("f"u8, out truth) && !truth);
        Assert.True(view.TryGetString("text"u8, out var text) && text == "ab");
        Assert.True(view.IsText("text"u8, "ab"u8));
        Assert.False(view.IsText("text"u8, "a"u8));
        Assert.True(view.IsText("é"u8, "\n"u8));
        Assert.False(view.TryGetInt64("half"u8, out _) || view.TryGetInt64("t"u8, out _) || view.TryGetInt64("N"u8, out _) || view.TryGetInt64("o"u8, out _));
        Assert.False(view.TryGetString("z"u8, out _) || view.TryGetString("n"u8, out _) || view.TryGetBoolean("z"u8, out _) || view.IsText("z"u8, default));
    }

    [Theory]
    [InlineData(JsonHeaderView.InlineLength)]
    [InlineData(JsonHeaderView.InlineLength + 1)]
    public void A_view_keeps_its_own_bytes(int length)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"n":7,"pad":"{{new string('p', length - 16)}}"}""");
        Assert.Equal(length, json.Length);
        var view = new JsonHeaderView(json);
        json.AsSpan().Clear();
        Assert.True(view.TryGetInt64("n"u8, out var number) && number == 7);
        Assert.Equal(length, view.Bytes.Length);
        Assert.True(view == new JsonHeaderView(view.Bytes) && view != default);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"x\":")]
    [InlineData("{\"x\":1,}")]
    [InlineData("{\"\\ud800\":1}")]
    public void A_text_that_is_no_object_shows_at_the_first_look(string json)
    {
        var refusal = Assert.Throws<FramedSocketException>(() => View(json).TryGetInt64("n"u8, out _));
        Assert.Equal(FramedSocketError.MalformedHeader, refusal.Error);
        Assert.Null(refusal.InnerException);
    }

    private static JsonHeaderView View(string json) => new(Encoding.UTF8.GetBytes(json));
}
