using FramedSockets.Tests.Udp;

namespace FramedSockets.Tests;

/// <summary>What runs when this assembly is a child process of its own tests.</summary>
internal static class Program
{
    private static Task Main(string[] args) => args is [DatagramChild.Name, var way, var port]
        ? DatagramChild.RunAsync(way, int.Parse(port))
        : throw new ArgumentException("This assembly is run by its tests.");
}
