using System.Diagnostics;
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

    private static readonly Lazy<string?> Strace = new(() =>
        !OperatingSystem.IsLinux() ? "strace needs Linux."
        : !Environment.IsPrivilegedProcess ? "Attaching strace to this process needs root."
        : Find("strace") is null ? "strace is not on the PATH."
        : null);

    /// <summary>Why this machine cannot meet a need, in a sentence; <see langword="null"/> where it can.</summary>
    public static string? FindLack(Need need) => need switch
    {
        Need.Linux => OperatingSystem.IsLinux() ? null : "This needs Linux.",
        Need.Optimized => IsOptimized ? null : "A debug build allocates where it waits: run the tests with -c Release.",
        Need.Namespace => Namespace.Value,
        Need.Python => Find("python3") is null ? "python3 is not on the PATH." : null,
        _ => Strace.Value,
    };

    private static bool IsOptimized =>
        typeof(FrameLimits).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>Where a program is; <see langword="null"/> where it is not on the path.</summary>
    public static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
