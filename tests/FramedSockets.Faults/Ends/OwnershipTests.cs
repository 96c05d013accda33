using System.Buffers;
using System.Collections.Concurrent;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Ends;

/// <summary>Ends at any moment: no byte goes to another, no exception is left to nobody.</summary>
public abstract class OwnershipTests : IDisposable
{
    public sealed class OverSockets() : OwnershipTests(TransportKind.Sockets);

    public sealed class OverLinux() : OwnershipTests(TransportKind.Linux);

    private readonly TransportKind _kind;
    private readonly ConcurrentQueue<Exception> _unobserved = new();

    protected OwnershipTests(TransportKind kind)
    {
        _kind = kind;
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= OnUnobserved;

    [Case("R28")]
    public async Task Nobody_sees_another_s_bytes()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = _kind });
        var (start, frames, aborts) = (TimeProvider.System.GetTimestamp(), 0L, 0L);
        await Crowd.RunAsync(2, 2, async who =>
        {
            var random = new Random(who);
            do
            {
                var (count, isAborted) = await ExchangeAsync(server, (byte)('A' + who), random);
                _ = Interlocked.Add(ref frames, count);
                _ = Interlocked.Add(ref aborts, isAborted ? 1 : 0);
            }
            while (Interlocked.Read(ref frames) == 0 || TimeProvider.System.GetElapsedTime(start) < Scale.TenMinutes);
        });
        Figures.Record("R28", $"{frames:N0} frames and {aborts:N0} aborts in {TimeProvider.System.GetElapsedTime(start).TotalMinutes:N1} min: no foreign byte", _kind);
    }

    [Case("R29")]
    public async Task Everything_can_be_disposed_by_everybody_at_once()
    {
        var (rounds, longest) = (Scale.Of(10_000, 100), TimeSpan.Zero);
        await using var options = new PoisonedOptions(_kind);
        for (var round = 0; round < rounds; round++)
        {
            var served = new TaskCompletionSource<FrameConnection<Order>>(TaskCreationOptions.RunContinuationsAsynchronously);
            var server = new TcpFrameServer<Order>(
                Wire.Codec,
                connection =>
                {
                    served.SetResult(connection);
                    return ReadAsync(connection);
                },
                options.Server);
            await server.StartAsync().Soon();
            var client = await Clients.ConnectAsync(server.LocalEndPoint!, _kind);
            var sending = client.SendAsync(new("keep", round), Wire.Body(round % 1000)).AsTask();
            var connection = await served.Task.Soon();
            Func<ValueTask>[] ends = [client.DisposeAsync, connection.DisposeAsync, server.DisposeAsync];
            var start = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => ends[(i + round) % ends.Length]().AsTask()))).Soon();
            await Task.WhenAll(ends.Select(end => end().AsTask())).Soon();
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            longest = elapsed > longest ? elapsed : longest;
            Assert.True(await Record.ExceptionAsync(() => sending.Soon()) is null or FramedSocketException or InvalidOperationException);
        }

        Scale.AssertWithin(TimeSpan.FromSeconds(5), longest, "An end");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.DoesNotContain(_unobserved, exception => exception.ToString().Contains("FramedSockets"));
        Figures.Record("R29", $"{rounds:N0} rounds by 4 threads: none hung, {longest.TotalMilliseconds:N0} ms at most, no unobserved exception", _kind);
    }

    private static async Task ReadAsync(FrameConnection<Order> connection)
    {
        try
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                Assert.Equal(frame.Header.Filesize, frame.BodyLength);
            }
        }
        catch (ObjectDisposedException)
        {
            // Which is what is tested.
        }
    }

    /// <summary>One connection of one who sends one letter only, and perhaps aborts it.</summary>
    private async Task<(int Frames, bool IsAborted)> ExchangeAsync(ServerProcess server, byte letter, Random random)
    {
        await using var connection = await Clients.ConnectAsync(server.EndPoint, _kind);
        var count = random.Next(1, 50);
        for (var i = 0; i < count; i++)
        {
            var body = new byte[random.Next(random.Next(20) == 0 ? 200_000 : 2000)];
            Array.Fill(body, letter);
            await connection.SendAsync(new("echo", letter), body).Soon();
            if (random.Next(50) == 0)
            {
                connection.Abort();
                return (i, true);
            }

            var frame = await connection.ReadAsync().Soon();
            Assert.Equal((letter, body.Length), (frame.Header.Id, frame.BodyLength));
            Assert.Equal(body, frame.Body.ToArray());
        }

        return (count, false);
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e) => _unobserved.Enqueue(e.Exception);
}
