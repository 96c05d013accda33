using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace FramedSockets.Tests.Support;

/// <summary>What this machine has, and why it lacks the rest.</summary>
internal static class Machine
{
    private static readonly Lazy<string?> Namespace = new(() =>
        !OperatingSystem.IsLinux() ? "Network namespaces need Linux."
        : !Environment.IsPrivilegedProcess ? "A network namespace needs root."
        : Find("ip") is null ? "ip (iproute2) is not on the PATH."
        : NetworkNamespace.FindFault());

    private static readonly Lazy<string?> SlowLink = new(() => Namespace.Value ?? NetworkNamespace.FindFault(NetworkNamespace.SlowLink));
    private static readonly Lazy<string?> Firewall = new(() => Namespace.Value ?? NetworkNamespace.FindFault(NetworkNamespace.DroppingFirewall));
    private static readonly Lazy<string?> IPv6 = new(LoopbackInterface.FindFaultOfIPv6);
    private static readonly Lazy<string?> Multicast = new(() => LoopbackInterface.FindFaultOf(IPAddress.Parse("239.255.77.254")));
    private static readonly Lazy<string?> MulticastOverIPv6 = new(() => LoopbackInterface.FindFaultOf(IPAddress.Parse("ff01::77:254")));

    private static readonly Lazy<string?> Strace = new(() =>
        !OperatingSystem.IsLinux() ? "strace needs Linux."
        : !Environment.IsPrivilegedProcess ? "Attaching strace to this process needs root."
        : Find("strace") is null ? "strace is not on the PATH."
        : SystemCallFaults.FindFault());

    /// <summary>Why this machine cannot meet a need, in a sentence; <see langword="null"/> where it can.</summary>
    public static string? FindLack(Need need) => need switch
    {
        Need.Linux => OperatingSystem.IsLinux() ? null : "This needs Linux.",
        Need.LowWaterMark => OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8) ? null : "Low-water marks are used on Linux 5.8 and later.",
        Need.Optimized => IsOptimized ? null : "A debug build allocates where it waits: run the tests with -c Release.",
        Need.Namespace => Namespace.Value,
        Need.Python => Find("python3") is null ? "python3 is not on the PATH." : null,
        Need.IPv6 => IPv6.Value,
        Need.UnixSockets => Socket.OSSupportsUnixDomainSockets ? null : "This machine has no Unix domain sockets.",
        Need.UnixFolders => OperatingSystem.IsWindows() ? "Windows keeps a folder while a socket in it is open." : null,
        Need.Multicast => Multicast.Value,
        Need.MulticastOverIPv6 => IPv6.Value ?? MulticastOverIPv6.Value,
        Need.SlowLink => SlowLink.Value,
        Need.Firewall => Firewall.Value,
        _ => Strace.Value,
    };

    private static bool IsOptimized =>
        typeof(FrameLimits).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>Where a program is; <see langword="null"/> where it is not on the path.</summary>
    public static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
