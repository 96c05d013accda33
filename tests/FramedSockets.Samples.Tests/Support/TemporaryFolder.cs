using System.Security.Cryptography;

namespace FramedSockets.Samples.Tests.Support;

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("framedsockets-").FullName;

    /// <summary>The names of all files below, hidden ones included, in order.</summary>
    public string[] Files => [.. Directory.EnumerateFileSystemEntries(FullName, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(FullName, path)).Order(StringComparer.Ordinal)];

    public string PathOf(string name) => Path.Combine(FullName, name);

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>A file of random bytes.</summary>
    public string WriteRandom(string name, int length) => Write(name, RandomNumberGenerator.GetBytes(length));

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
