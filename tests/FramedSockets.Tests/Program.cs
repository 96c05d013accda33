using FramedSockets.Tests.Linux;
using FramedSockets.Tests.Udp;

namespace FramedSockets.Tests;

/// <summary>What runs when this assembly is a child process of its own tests.</summary>
internal static class Program
{
    private static Task Main(string[] args)
    {
        if (args is [DatagramChild.Name, var way, var port])
        {
            return DatagramChild.RunAsync(way, int.Parse(port));
        }

        return OperatingSystem.IsLinux() && args is [EchoChild.Name, var scheduling]
            ? EchoChild.RunAsync(scheduling)
            : throw new ArgumentException("This assembly is run by its tests.");
    }
}
