using System.Text.RegularExpressions;

namespace FramedSockets.Tests;

/// <summary>Who may use whom, and how large a file may be: read from the sources.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>250 is the aim; what is public and documented in full may take a little more.</summary>
    private const int MostLines = 275;

    [Theory]
    [InlineData("", "Codecs Framing Tcp Transport Udp")]
    [InlineData("Codecs", "Framing Tcp Transport Udp")]
    [InlineData("Framing", "Codecs Tcp Transport Udp")]
    [InlineData("Transport", "Codecs Framing Tcp Udp")]
    [InlineData("Tcp", "Codecs Udp")]
    [InlineData("Udp", "Codecs Tcp")]
    public void A_room_uses_only_the_rooms_it_may(string room, string others)
    {
        var forbidden = others.Split(' ').Select(other => $"using FramedSockets.{other};").ToArray();
        Assert.DoesNotContain(Sources(room), file => forbidden.Any(File.ReadAllText(file).Contains));
    }

    [Fact]
    public void Framing_never_sees_a_socket() =>
        Assert.DoesNotContain(Sources("Framing"), file => File.ReadAllText(file).Contains("System.Net.Sockets"));

    [Fact]
    public void Transport_never_sees_a_frame() =>
        Assert.DoesNotContain(Sources("Transport"), file => FrameName().IsMatch(File.ReadAllText(file)));

    [Fact]
    public void Files_are_of_a_size_to_feel_at_home_in() =>
        Assert.DoesNotContain(
            Directory.GetFiles(Source(), "*.cs", SearchOption.AllDirectories).Where(IsSource)
                .Select(file => (File: Path.GetFileName(file), Lines: File.ReadAllLines(file).Length)),
            file => file.Lines > MostLines);

    [Fact]
    public void Classes_are_sealed_or_static()
    {
        Assert.DoesNotContain(typeof(Frame<>).Assembly.GetTypes(), type =>
            type.IsClass && !type.IsSealed && !type.IsAbstract && type.Namespace?.StartsWith("FramedSockets") == true);
    }

    [Fact]
    public void Nothing_tells_its_news_by_events() =>
        Assert.Empty(typeof(Frame<>).Assembly.GetExportedTypes().SelectMany(type => type.GetEvents()));

    private static string[] Sources(string room) => Directory.GetFiles(Path.Combine(Source(), room), "*.cs");

    private static bool IsSource(string file) => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}");

    // Looked for from where the tests run: paths inside a deterministic build name no folder.
    private static string Source()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "FramedSockets.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No FramedSockets.sln above {AppContext.BaseDirectory}.");
        }

        return Path.Combine(folder.FullName, "src", "FramedSockets");
    }

    [GeneratedRegex(@"\bFrame<|IHeaderCodec|FrameReader|FrameWriter")]
    private static partial Regex FrameName();
}
