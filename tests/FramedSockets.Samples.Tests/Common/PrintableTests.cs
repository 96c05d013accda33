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
}
