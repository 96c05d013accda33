using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Transport;

/// <summary>A reader that is completed under a read, in the moment in which that read's bytes arrive, and may be it is cancelled.</summary>
public abstract class CompletedReaderTests(TransportKind kind)
{
    public sealed class OverSockets() : CompletedReaderTests(TransportKind.Sockets);

    public sealed class OverLinux() : CompletedReaderTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : CompletedReaderTests(TransportKind.LinuxInline);

    private readonly PoisoningPool _pool = CheckedPool.Create();

    // What is held when the read begins: so little that it waits without a block of its own, or more.
    [Theory]
    [InlineData(0, false)]
    [InlineData(10, true)]
    [InlineData(10_000, false)]
    [InlineData(10_000, true)]
    public async Task The_read_ends_and_all_memory_comes_back(int length, bool isCancelled)
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.Zero });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        for (var round = 0; round < 2000; round++)
        {
            using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(listener.EndPoint).Soon();
            var here = (await listener.AcceptAsync().Soon())!;
            if (length > 0)
            {
                _ = await peer.SendAsync(new byte[length]).Soon();
                var result = await here.Input.ReadAtLeastAsync(length).Soon();
                here.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }

            var read = EndAsync(here.Input.ReadAtLeastAsync(length + 1 + (round % 2)));
            var sending = Task.Run(() => peer.Send(new byte[1]));
            var cancelling = isCancelled ? Task.Run(() => SpinAndDo(round, here.Input.CancelPendingRead)) : Task.CompletedTask;
            var completing = Task.Run(() => SpinAndDo(round, () => here.Input.Complete()));
            await Task.WhenAll(sending, cancelling, completing).Soon();
            await here.Output.CompleteAsync(new IOException("test"));
            await here.DisposeAsync().Soon();
            await read.Soon();
        }

        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task What_the_peer_still_sends_then_does_not_reset_the_last_answer_away()
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.FromMinutes(1) });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint).Soon();
        var here = (await listener.AcceptAsync().Soon())!;
        var read = EndAsync(here.Input.ReadAsync());
        here.Input.Complete();
        await read.Soon();
        _ = await here.Output.WriteAsync(Frames.Body(100_000)).Soon();
        await here.Output.CompleteAsync();

        var closing = here.DisposeAsync().Soon();
        Assert.False(closing.IsCompleted);
        var stream = new NetworkStream(peer);
        for (var i = 0; i < 100; i++)
        {
            await stream.WriteAsync(new byte[100_000]).Soon();
        }

        var answer = new byte[100_000];
        await stream.ReadExactlyAsync(answer).Soon();
        Assert.Equal(Frames.Body(100_000), answer);
        Assert.Equal(0, await stream.ReadAsync(answer).Soon());
        peer.Shutdown(SocketShutdown.Send);
        await closing;
        await _pool.EnsureAllReturnedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_nobody_has_ended_ends_with_the_connection(bool hasEnded)
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.Zero });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint).Soon();
        var here = (await listener.AcceptAsync().Soon())!;
        var read = here.Input.ReadAsync().Soon();
        if (hasEnded)
        {
            await here.Output.CompleteAsync();
        }

        await here.DisposeAsync().Soon();
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
        await here.Input.CompleteAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task An_abort_ends_the_wait_for_the_peer_s_end()
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.FromMinutes(1) });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        for (var round = 0; round < 100; round++)
        {
            using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(listener.EndPoint).Soon();
            var here = (await listener.AcceptAsync().Soon())!;
            await here.Input.CompleteAsync();
            await here.Output.CompleteAsync();
            var closing = Task.Run(() => here.DisposeAsync().Soon());
            Assert.False(closing.IsCompleted);
            SpinAndDo(20 * round, here.Abort);
            await closing.Soon();
        }
    }

    private static void SpinAndDo(int round, Action action)
    {
        Thread.SpinWait(round);
        action();
    }

    private static async Task EndAsync(ValueTask<ReadResult> read)
    {
        try
        {
            _ = await read;
        }
        catch (FramedSocketException e)
        {
            Assert.Equal(FramedSocketError.ConnectionAborted, e.Error);
        }
    }
}
