using FileTransfer;

namespace FramedSockets.Samples.Tests.FileTransfer;

public sealed class SafeFileNameTests
{
    /// <summary>Names that must never reach the disk.</summary>
    public static TheoryData<string> Hostile { get; } =
    [
        "", ".", "..", "...", " ", "/", "\\", "../../etc/x", "/etc/x", "..\\x", "C:\\x", "C:x", "a/b", "a\\b", "a/../b", "file.txt:stream",
        "\0", "a\0b", "a\nb", "a\rb", "\e[31m", "\u007f", "a\u2028b", "\u202etxt.exe", "\ud800", "a\uffff",
        "a\u00a0b", "a\u3000", "a\u200bb", "\u3164", "a\u115f.txt", "a\u2800", "a\ufe0f", "\ue000",
        new string('a', 300), new string('ä', 128),
        "CON", "con", "Con.txt", "nul.tar.gz", "PRN", "AUX", "COM1", "lpt9.txt", "COM¹", "CONIN$", "con .txt",
        "a.", "a ", " a", ".bashrc", ".upload-0123.part", "a*", "a?", "a|b", "<a>", "\"a\"",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_name_is_refused(string name) => Assert.NotNull(SafeFileName.Refusal(name));

    [Fact]
    public void No_name_is_refused() => Assert.NotNull(SafeFileName.Refusal(null));

    [Theory]
    [InlineData("a")]
    [InlineData("a.txt")]
    [InlineData("two words.tar.gz")]
    [InlineData("movie.part")]
    [InlineData("Übung-日本語-🙂.pdf")]
    [InlineData("console.log")]
    [InlineData("COM10")]
    [InlineData("-rf")]
    [InlineData("a..b")]
    public void A_plain_name_is_safe(string name) => Assert.Null(SafeFileName.Refusal(name));

    [Fact]
    public void A_name_of_255_bytes_is_safe()
    {
        Assert.Null(SafeFileName.Refusal(new string('a', 255)));
        Assert.NotNull(SafeFileName.Refusal(new string('a', 256)));
    }
}
