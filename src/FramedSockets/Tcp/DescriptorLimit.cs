using System.Globalization;

namespace FramedSockets.Tcp;

/// <summary>How many files the process may have open, and so how many connections.</summary>
internal static class DescriptorLimit
{
    /// <summary>What is left for files, pipes, other sockets and the runtime.</summary>
    private const int Reserve = 256;

    /// <summary>The same for a process that has many open already: for threads, a few of each.</summary>
    private const int Spare = SpareDescriptors.Most + 32;

    private const string Limits = "/proc/self/limits";
    private const string Open = "/proc/self/fd";
    private const string Name = "Max open files";

    /// <summary>The most connections that this process can hold; any number where the system does not say.</summary>
    public static int MostConnections => OperatingSystem.IsLinux() && File.Exists(Limits)
        ? MostIn(File.ReadLines(Limits), Directory.EnumerateFileSystemEntries(Open).Count())
        : int.MaxValue;

    /// <summary>The same, from the lines of <c>/proc/self/limits</c>: name, soft limit, hard limit, unit.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="used">How many files are open.</param>
    internal static int MostIn(IEnumerable<string> lines, int used)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) ?? "";
        var soft = line.Length > Name.Length ? line[Name.Length..].TrimStart().Split(' ')[0] : "";
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Max(1, limit - Math.Max(Math.Min(Reserve, limit / 2), used + Spare))
            : int.MaxValue;
    }
}
