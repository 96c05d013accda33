using Common;

namespace FramedSockets.Samples.Tests.Common;

public sealed class PrintableTests
{
    [Fact]
    public void What_moves_a_terminal_becomes_a_question_mark() =>
        Assert.Equal("a?[31mb??c?d", Printable.Of("a\e[31mb\r\nc\u202ed"));

    [Fact]
    public void A_long_text_is_cut_to_one_short_line() => Assert.Equal(new string('x', 100) + '…', Printable.Of(new string('x', 16_000)));

    [Fact]
    public void No_text_is_empty() => Assert.Equal("", Printable.Of(null));

    [Theory]
    [InlineData("two words")]
    [InlineData("Zoë-日本語-한글-🙂")]
    [InlineData("e\u0301")]
    public void What_can_be_seen_may_stand_in_a_name(string name) => Assert.All(name.EnumerateRunes(), rune => Assert.True(Printable.IsInName(rune)));

    [Fact]
    public void What_cannot_be_seen_may_not()
    {
        string[] unseen =
        [
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
            "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180e\u180f\ufe00\ufe0f\U000e0100\U000e01ef",
            "\u00ad\u061c\u200b\u200c\u200d\u202e\u2060\ufeff\U000e0041",
            "\0\t\n\r\u007f\u0085\u2028\u2029",
            "\ue000\U000f0000\ud800\uffff\udc00\u2065",
        ];
        Assert.All(unseen.SelectMany(text => text.EnumerateRunes()), rune => Assert.False(Printable.IsInName(rune), $"{rune.Value:x}"));
    }
}
