using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Peers;

/// <summary>Peers that die, and peers that only stop sending.</summary>
public abstract class PeerDeathTests(TransportKind kind)
{
    public sealed class OverSockets() : PeerDeathTests(TransportKind.Sockets);

    public sealed class OverLinux() : PeerDeathTests(TransportKind.Linux);

    [Case("R11")]
    public async Task A_killed_peer_is_one_truncated_frame_and_never_part_of_one()
    {
        var longest = TimeSpan.Zero;
        foreach (var (hasUnread, isStreamed) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var outcome = new TaskCompletionSource<(FramedSocketError?, int Bytes, long At)>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var options = new PoisonedOptions(kind);
            await using var server = new TcpFrameServer<Order>(
                Wire.Codec,
                async connection => outcome.SetResult(await ReadAsync(connection, hasUnread)),
                options.Server with { Connection = options.Connection with { Limits = new() { MaxBufferedBodyLength = isStreamed ? 5 : 1000 } } });
            await server.StartAsync().Soon();
            await using var peer = await ChildProcess.ConnectAsync(server.LocalEndPoint!);
            _ = await peer.AskAsync(Convert.ToHexString([.. Wire.Head("keep", 20), .. "1234567"u8]));
            var start = TimeProvider.System.GetTimestamp();
            await peer.SignalAsync("KILL");
            var (error, bytes, at) = await outcome.Task.Soon();
            Assert.Equal(FramedSocketError.TruncatedFrame, error);

            // Nothing of a frame held whole; of a streamed body, what has arrived and not what is missing. A reset may throw away even that.
            Assert.True(isStreamed ? bytes is 7 or 0 : bytes == 0, $"{bytes} bytes");
            var elapsed = TimeProvider.System.GetElapsedTime(start, at);
            longest = elapsed > longest ? elapsed : longest;
        }

        Scale.AssertWithin(TimeSpan.FromSeconds(1), longest, "The end");
        Figures.Record("R11", $"4 of 4 TruncatedFrame, within {longest.TotalMilliseconds:N0} ms of the kill", kind);
    }

    [Case("R14")]
    public async Task A_half_close_is_clean_between_frames_and_truncated_inside()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        using (var peer = await Clients.ConnectRawAsync(server.EndPoint))
        {
            var frame = Wire.Head("echo", 0);
            _ = await peer.SendAsync((byte[])[.. frame, .. frame, .. frame]).Soon();
            peer.Shutdown(SocketShutdown.Send);
            Assert.NotEqual(0, await peer.ReadToEndAsync());
        }

        _ = await server.UntilAsync(state => state is { Frames: 3, Connections: 0 });
        Assert.Equal(1, await server.CountAsync("connections.ended None"));
        using (var peer = await Clients.ConnectRawAsync(server.EndPoint))
        {
            _ = await peer.SendAsync(Wire.Head("echo", 10)).Soon();
            peer.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await peer.ReadToEndAsync());
        }

        _ = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(1, await server.CountAsync("connections.ended TruncatedFrame"));
        Figures.Record("R14", $"3 of 3 handled and answered, a clean end; in mid-frame TruncatedFrame", kind);
    }

    private static async Task<(FramedSocketError? Error, int Bytes, long At)> ReadAsync(FrameConnection<Order> connection, bool hasUnread)
    {
        if (hasUnread)
        {
            // The peer never reads: it dies with bytes in its receive buffer, which makes its end a reset.
            await connection.SendAsync(new("keep", 1), new byte[1000]);
        }

        var bytes = 0;
        try
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                while (await frame.BodyReader.ReadAsync() is { IsCompleted: false, Buffer: var buffer })
                {
                    bytes += (int)buffer.Length;
                    frame.BodyReader.AdvanceTo(buffer.End);
                }
            }

            return (null, bytes, TimeProvider.System.GetTimestamp());
        }
        catch (FramedSocketException e)
        {
            return (e.Error, bytes, TimeProvider.System.GetTimestamp());
        }
    }
}
