using System.CommandLine;
using Common;
using FramedSockets;
using FramedSockets.Tcp;

namespace Tour.Support;

/// <summary>What every server of the tour does beside its handler.</summary>
internal static class Serving
{
    /// <summary>Texts are held in memory whole, so none may be longer than what is held.</summary>
    public static FrameConnectionOptions Connection { get; } = new()
    {
        Limits = new() { MaxBodyLength = FrameLimits.Default.MaxBufferedBodyLength },
    };

    /// <summary>Where to listen, and the log.</summary>
    public static async Task<TcpFrameServerOptions> GetServerOptionsAsync(this ParseResult arguments, CancellationToken stop) => new()
    {
        EndPoint = await arguments.GetListener().ResolveAsync(stop),
        Connection = Connection,
        Deadlines = new() { FirstHeader = Timeout.InfiniteTimeSpan, Idle = Timeout.InfiniteTimeSpan }, // people type slowly
        DrainTimeout = TimeSpan.FromSeconds(2),
        LoggerFactory = new StderrLog(),
    };

    /// <summary>Says where the server listens, and serves until it is told to stop.</summary>
    public static async Task RunAsync(this TcpFrameServer<NoHeader> server, CancellationToken stop)
    {
        await server.StartAsync(stop);
        Console.WriteLine($"listening on {server.LocalEndPoint}");
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync(CancellationToken.None);
    }
}
