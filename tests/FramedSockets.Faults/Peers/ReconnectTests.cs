using System.Collections.Concurrent;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Peers;

/// <summary>A client that stays, while its server comes and goes.</summary>
public abstract class ReconnectTests(TransportKind kind)
{
    public sealed class OverSockets() : ReconnectTests(TransportKind.Sockets);

    public sealed class OverLinux() : ReconnectTests(TransportKind.Linux);

    [Case("R54")]
    public async Task A_client_is_back_soon_after_its_server_and_sends_nothing_twice()
    {
        var restarts = Scale.Of(20, 2);
        var (answered, longest) = (new ConcurrentQueue<long>(), TimeSpan.Zero);
        using var cancel = new CancellationTokenSource();
        var first = await ServerProcess.StartAsync(new() { Transport = kind });

        // A server that starts takes about as long as five waits: the sixth by itself could be longer than what is promised.
        var options = Clients.Options(kind) with { Reconnect = new() { MaxDelay = TimeSpan.FromSeconds(1) } };
        var run = new TcpFrameClient<Order>(Wire.Codec, options).RunAsync(first.EndPoint, Talk(answered), cancel.Token);
        var server = first;
        for (var restart = 0; restart < restarts; restart++)
        {
            await Timeouts.Until(() => !answered.IsEmpty);
            await (restart % 2 == 0 ? server.SignalAsync("KILL") : server.StopAsync());
            await server.DisposeAsync();
            var before = answered.Count;
            server = await ServerProcess.StartAsync(new() { Transport = kind, Port = first.EndPoint.Port });
            var start = TimeProvider.System.GetTimestamp();
            await Timeouts.Until(() => answered.Count > before);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            longest = elapsed > longest ? elapsed : longest;
        }

        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Soon());
        await server.DisposeAsync();
        Assert.Equal(answered.Order(), answered.Distinct());
        Scale.AssertWithin(TimeSpan.FromSeconds(2), longest, "Coming back");
        Figures.Record("R54", $"{restarts} restarts, half by a kill: back within {longest.TotalMilliseconds:N0} ms; {answered.Count:N0} answers, none twice", kind);
    }

    /// <summary>Sends one number after the other, each once, and keeps those that come back.</summary>
    private static ConnectionHandler<Order> Talk(ConcurrentQueue<long> answered)
    {
        var last = 0L;
        return async connection =>
        {
            do
            {
                await connection.SendAsync(new("tell", ++last), ReadOnlyMemory<byte>.Empty);
                answered.Enqueue((await connection.ReadAsync()).Header.Id);
            }
            while (true);
        };
    }
}
