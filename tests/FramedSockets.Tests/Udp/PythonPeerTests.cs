using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Plain Python on the other side: the wire is what it seems to be.</summary>
public sealed class PythonPeerTests
{
    private const string Echo =
        """
        import socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('127.0.0.1', 0))
        print(s.getsockname()[1], flush=True)
        while True:
            data, peer = s.recvfrom(65535)
            tag, length = struct.unpack('>BH', data[:3])
            assert len(data) == 3 + length
            s.sendto(struct.pack('>BH', tag + 1, length) + data[3:][::-1], peer)
            if tag == 0: break
        """;

    private const string Ask =
        """
        import socket, struct, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(20)
        for i in range(200):
            body = bytes([i]) * (i * 7)
            s.sendto(struct.pack('>BH', i, len(body)) + body, ('127.0.0.1', int(sys.argv[1])))
            data, _ = s.recvfrom(65535)
            assert data == struct.pack('>BH', i, len(body)) + body, i
        print('done', flush=True)
        """;

    /// <summary>Tells how far each datagram was let go, one address after the other.</summary>
    private const string TimeToLive =
        """
        import socket, struct, sys
        for family, address, level, option, value in (
                (socket.AF_INET, '127.0.0.1', socket.IPPROTO_IP, 12, 2),
                (socket.AF_INET6, '::1', socket.IPPROTO_IPV6, 51, 52)):
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.settimeout(20)
            s.setsockopt(level, option, 1)
            s.bind((address, 0))
            print(s.getsockname()[1], flush=True)
            _, control, _, _ = s.recvmsg(100, 100)
            print([struct.unpack('i', data)[0] for l, t, data in control if (l, t) == (level, value)][0], flush=True)
        """;

    /// <summary>Sends datagrams with descriptors of a file, and tells the file's name.</summary>
    private const string Descriptors =
        """
        import array, socket, sys, tempfile
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with tempfile.NamedTemporaryFile() as f:
            for tag in range(1, 4):
                s.sendmsg([bytes([tag, 0, 0])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [f.fileno()] * 2))], 0, sys.argv[1])
            print(f.name, flush=True)
            input()
        """;

    public static TheoryData<string> Ways => Endpoints.Ways;

    // It looks into /proc.
    [NeedsTheory(Need.Linux, Need.Python)]
    [MemberData(nameof(Ways))]
    public async Task Descriptors_that_come_with_datagrams_are_not_taken(string way)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way));
        using var python = Start(Descriptors, path);
        for (byte tag = 1; tag <= 3; tag++)
        {
            Assert.Equal(tag, (await server.ReceiveAsync().Soon()).Header);
        }

        var sent = await python.StandardOutput.ReadLineAsync().Soon();
        Assert.NotNull(sent);
        Assert.DoesNotContain(Directory.GetFiles("/proc/self/fd").Select(TargetOf), target => target == sent);
        await python.StandardInput.WriteLineAsync();
        await python.WaitForExitAsync().Soon();
    }

    [NeedsTheory(Need.Python)]
    [MemberData(nameof(Ways))]
    public async Task A_Python_server_answers(string way)
    {
        using var python = Start(Echo);
        var port = int.Parse((await python.StandardOutput.ReadLineAsync().Soon())!);
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, new IPEndPoint(IPAddress.Loopback, port), options: Endpoints.Way(way));
        for (byte i = 100; i > 0; i -= 10)
        {
            byte[] body = [1, 2, i];
            await client.SendAsync((byte)(i - 10), body).Soon();
            var answer = await client.ReceiveAsync().Soon();
            Assert.Equal(i - 9, answer.Header);
            Assert.Equal([i, 2, 1], answer.Body.ToArray());
        }

        await python.WaitForExitAsync().Soon();
        Assert.Equal(0, python.ExitCode);
    }

    [NeedsTheory(Need.Python)]
    [MemberData(nameof(Ways))]
    public async Task A_Python_client_is_answered(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        var run = server.RunAsync(datagram => datagram.ReplyAsync(datagram.Header, datagram.Body));
        using var python = Start(Ask, ((IPEndPoint)server.LocalEndPoint!).Port.ToString());

        Assert.Equal("done", await python.StandardOutput.ReadLineAsync().Soon());
        await python.WaitForExitAsync().Soon();
        await server.DisposeAsync();
        await run.Soon();
        Assert.Equal(200, server.Counters.Received);
    }

    // The numbers in the script are those of Linux.
    [NeedsFact(Need.Linux, Need.Python, Need.IPv6)]
    public async Task Python_sees_the_time_to_live()
    {
        using var python = Start(TimeToLive);
        await using var sender = UdpDatagramEndpoint.Bind(
            NoteCodec.Instance, new IPEndPoint(IPAddress.IPv6Any, 0), Endpoints.Offloaded with { Socket = new() { TimeToLive = 9 } });
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            var port = int.Parse((await python.StandardOutput.ReadLineAsync().Soon())!);
            await sender.SendAsync(1, default, new DatagramPeer(new IPEndPoint(address, port))).Soon();
            Assert.Equal("9", await python.StandardOutput.ReadLineAsync().Soon());
        }

        await python.WaitForExitAsync().Soon();
    }

    private static Process Start(string script, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("python3", ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    private static string? TargetOf(string descriptor) => new FileInfo(descriptor).LinkTarget;
}
