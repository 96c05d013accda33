using System.Collections.Concurrent;
using System.Net.Security;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Whoever ends what, and whenever: it ends once, in time, and nothing is left behind.</summary>
[Collection(nameof(Alone))]
public sealed class DisposalTests : IDisposable
{
    private readonly Certificates _certificates = new();
    private readonly ConcurrentQueue<Exception> _unobserved = new();

    public DisposalTests() => TaskScheduler.UnobservedTaskException += OnUnobserved;

    public void Dispose()
    {
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        _certificates.Dispose();
    }

    [Theory]
    [InlineData(false, 100)]
    [InlineData(true, 20)]
    public async Task Everything_can_be_disposed_by_everybody_at_once_in_the_middle_of_traffic(bool isTls, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var served = new ConcurrentQueue<FrameConnection<int>>();
            var loopback = await Start(isTls, connection =>
            {
                served.Enqueue(connection);
                return FrameLoop.RunAsync(connection, Loopback.Echo);
            });
            var client = await Connect(loopback, isTls);
            var sending = Task.Run(() => Send(client));
            var receiving = Receive(client);
            await Timeouts.Until(() => !served.IsEmpty);
            var ends = new Func<ValueTask>[] { client.DisposeAsync, served.First().DisposeAsync, loopback.Server.DisposeAsync };
            await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => ends[(i + round) % ends.Length]().AsTask()))).Soon();
            await sending.Soon();
            await receiving.Soon();
            await loopback.DisposeAsync();
        }

        AssertAllObserved();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connect_that_is_cancelled_anywhere_leaves_nothing(bool isTls)
    {
        await using var loopback = await Start(isTls, connection => FrameLoop.RunAsync(connection, Loopback.Echo));
        var (connected, cancelled) = (0, 0);
        for (var yields = 0; yields < 100 || connected == 0; yields++)
        {
            using var token = new CancellationTokenSource();
            if (yields == 0)
            {
                await token.CancelAsync();
            }

            var connect = Connect(loopback, isTls, token.Token);
            for (var i = 0; i < yields * yields / 10; i++)
            {
                await Task.Yield();
            }

            await token.CancelAsync();
            try
            {
                await using var connection = await connect;
                connected++;
            }
            catch (OperationCanceledException e)
            {
                Assert.Equal(token.Token, e.CancellationToken);
                cancelled++;
            }
        }

        Assert.True(cancelled > 0);
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        AssertAllObserved();
    }

    [Fact]
    public async Task A_stop_that_is_cancelled_anywhere_reports_everybody_once()
    {
        for (var round = 0; round < 50; round++)
        {
            await using var loopback = await Start(isTls: false, connection => FrameLoop.RunAsync(connection, Loopback.Echo));
            var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => loopback.Connect()));
            await Timeouts.Until(() => loopback.Server.ConnectionCount == clients.Length);
            using var patience = new CancellationTokenSource();
            var stops = Enumerable.Range(0, 10).Select(_ => loopback.Server.StopAsync(patience.Token)).ToArray();
            for (var i = 0; i < round; i++)
            {
                await Task.Yield();
            }

            await patience.CancelAsync();
            var reports = await Task.WhenAll(stops).Soon();
            Assert.All(reports, report => Assert.Same(reports[0], report));
            Assert.Equal(clients.Length, reports[0].Drained + reports[0].Cut.Count);
            Assert.Equal(reports[0].Cut.Count, reports[0].Cut.Select(one => one.Id).Distinct().Count());
            foreach (var client in clients)
            {
                await client.DisposeAsync().Soon();
            }
        }

        AssertAllObserved();
    }

    [Fact]
    public async Task A_stop_says_with_how_much_pending_a_connection_was_cut()
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(isTls: false, async connection =>
        {
            while (connection.TrySend(1, Frames.Body(60_000)))
            {
            }

            full.SetResult();
            await connection.SendAsync(2, Frames.Body(10));
        });
        await using var client = await loopback.Connect();
        await full.Task.Soon();
        using var patience = new CancellationTokenSource();
        await patience.CancelAsync();
        var report = await loopback.Server.StopAsync(patience.Token).Soon();
        Assert.InRange(Assert.Single(report.Cut).PendingLength, 60_000, 200_000);
    }

    private static async Task Send(FrameConnection<int> client)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await client.SendAsync(i, Frames.Body(i % 100));
            }
        }
        catch (Exception e) when (e is FramedSocketException or InvalidOperationException)
        {
            // Somebody has ended it, which is what is tested.
        }
    }

    private static async Task Receive(FrameConnection<int> client)
    {
        try
        {
            await foreach (var frame in client.ReadAllAsync())
            {
                Assert.True(frame.Header >= 0);
            }
        }
        catch (Exception e) when (e is FramedSocketException or ObjectDisposedException)
        {
            // Likewise.
        }
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e) => _unobserved.Enqueue(e.Exception);

    private void AssertAllObserved()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.DoesNotContain(_unobserved, exception => exception.ToString().Contains("FramedSockets"));
    }

    private Task<Loopback> Start(bool isTls, ConnectionHandler<int> handler) => Loopback.Start(
        TransportKind.Sockets, handler, options => options with { Tls = isTls ? new SslServerAuthenticationOptions { ServerCertificate = _certificates.Server() } : null });

    private Task<FrameConnection<int>> Connect(Loopback loopback, bool isTls, CancellationToken token = default)
    {
        var tls = isTls ? new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = _certificates.Policy() } : null;
        return new TcpFrameClient<int>(new TagCodec(), loopback.ClientOptions with { Tls = tls }).ConnectAsync(loopback.EndPoint, token).Soon();
    }
}
