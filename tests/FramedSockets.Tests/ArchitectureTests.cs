using System.Text.RegularExpressions;
using FramedSockets.Tests.Support;

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

    [Theory]
    [InlineData("FramedSockets")]
    [InlineData("FramedSockets.Linux")]
    [InlineData("FramedSockets.Testing")]
    public void Files_are_of_a_size_to_feel_at_home_in(string package) =>
        Assert.DoesNotContain(
            Directory.GetFiles(Project.PathOf("src", package), "*.cs", SearchOption.AllDirectories).Where(IsSource)
                .Select(file => (File: Path.GetFileName(file), Lines: File.ReadAllLines(file).Length)),
            file => file.Lines > MostLines);

    [Theory]
    [InlineData(typeof(Frame<>))]
    [InlineData(typeof(MemoryTransport))]
    public void Classes_are_sealed_or_static(Type ofPackage)
    {
        Assert.DoesNotContain(ofPackage.Assembly.GetTypes(), type =>
            type.IsClass && !type.IsSealed && !type.IsAbstract && type.Namespace?.StartsWith("FramedSockets") == true);
    }

    [Theory]
    [InlineData(typeof(Frame<>))]
    [InlineData(typeof(MemoryTransport))]
    public void Nothing_tells_its_news_by_events(Type ofPackage) =>
        Assert.Empty(ofPackage.Assembly.GetExportedTypes().SelectMany(type => type.GetEvents()));

    [Fact]
    public void What_tests_are_given_uses_no_package_but_the_library() =>
        Assert.Equal(
            ["FramedSockets"],
            typeof(MemoryTransport).Assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => !name.StartsWith("System.")));

    [Fact]
    public void What_a_test_class_checks_at_its_end_is_called() =>
        Assert.DoesNotContain(typeof(ArchitectureTests).Assembly.GetTypes(), type =>
            type.Name.EndsWith("Tests") && typeof(IAsyncDisposable).IsAssignableFrom(type) && !typeof(IAsyncLifetime).IsAssignableFrom(type));

    private static string[] Sources(string room) => Directory.GetFiles(Project.PathOf("src", "FramedSockets", room), "*.cs");

    private static bool IsSource(string file) => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}");

    [GeneratedRegex(@"\bFrame<|IHeaderCodec|FrameReader|FrameWriter")]
    private static partial Regex FrameName();
}
