using FramedSockets.Linux;

namespace FramedSockets.Tests.Linux;

public sealed class LinuxTransportOptionsTests
{
    [Fact]
    public void The_defaults_are_as_documented()
    {
        var options = LinuxTransportOptions.Default;
        Assert.Equal(LinuxScheduling.ThreadPool, options.Scheduling);
        Assert.Equal(Math.Min(Environment.ProcessorCount, 8), options.LoopCount);
        Assert.Equal(TimeSpan.Zero, options.SpinTime);
        Assert.Equal(TimeSpan.FromSeconds(1), options.HandlerLimit);
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { LoopCount = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { LoopCount = 65 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { Scheduling = (LinuxScheduling)7 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { SpinTime = TimeSpan.FromTicks(-1) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { SpinTime = TimeSpan.FromSeconds(1.1) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { HandlerLimit = TimeSpan.Zero });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTransportOptions { HandlerLimit = TimeSpan.FromHours(2) });
        _ = Assert.Throws<ArgumentNullException>(() => new LinuxTransportOptions { Sockets = null! });
        _ = Assert.Throws<ArgumentNullException>(() => new LinuxTransportOptions { LoggerFactory = null! });
        Assert.Equal(Timeout.InfiniteTimeSpan, new LinuxTransportOptions { HandlerLimit = Timeout.InfiniteTimeSpan }.HandlerLimit);
    }
}
