using FramedSockets.Faults.Child;

namespace FramedSockets.Faults;

/// <summary>What runs when this assembly is a child process of its own cases.</summary>
internal static class Program
{
    private static Task Main(string[] args) => args switch
    {
        [ChildServer.Name, var options] => ChildServer.RunAsync(options),
        [ChildPeer.Name, var port] => ChildPeer.RunAsync(int.Parse(port)),
        _ => throw new ArgumentException("This assembly is run by its tests."),
    };
}
