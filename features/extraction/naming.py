"""Family names, and words that are part of no person's name; each list parted by spaces."""

# Family names of one character, without rare ones that are mostly other words, such as 平 or 国.
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范"
    "彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾"
    "孟黄穆萧尹姚邵湛汪祁毛禹狄米贝明臧伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童"
    "颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯昝管卢莫裘缪宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇"
    "邢滑裴陆荣翁荀羊甄曲封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬郗班仰秋仲伊宫宁仇栾暴"
    "甘钭厉戎祖武符刘詹束龙叶幸司韶郜黎蓟薄印白蒲邰鄂索咸籍赖卓蔺屠蒙池乔阴胥苍闻莘党翟谭贡劳逄姬"
    "申扶堵冉宰郦雍璩桑桂濮牛寿边扈燕冀郏浦尚农温庄晏柴瞿阎慕茹宦艾鱼容古易慎戈廖庾暨衡耿弘匡文寇"
    "广禄阙欧殳沃蔚夔隆巩厍聂晁勾敖融冷訾辛阚简饶曾毋沙鞠巢关蒯游竺权逯盖桓岳帅缑亢况佘牟仉佴哈谯"
    "笪阳佟肖岩付闫涂邸苟兰覃"
)
DOUBLE_SURNAMES = (
    "欧阳 上官 司马 司徒 司空 诸葛 东方 皇甫 尉迟 公孙 公冶 慕容 令狐 夏侯 闻人 赫连 澹台 宗政 "
    "濮阳 淳于 单于 太叔 申屠 轩辕 钟离 宇文 长孙 鲜于 闾丘 亓官 南宫 独孤 西门 端木 百里 呼延 "
    "东郭 拓跋 第五"
)
# Words, or how longer ones begin, that begin as a family name does.
NO_NAME = (
    "金额 金融 金条 金卡 金牌 金银 余额 余款 项目 单位 单价 单独 单身 单据 车贷 车险 "
    "车辆 车间 车位 车主 高中 高级 高管 高等 高职 成本 成立 成员 成为 方式 方法 方便 "
    "方面 方案 安全 安排 安徽 安装 万元 万家 水费 水电 白天 毛利 任何 任职 任务 何时 "
    "何地 何种 于是 关于 关系 关联 常年 常州 常用 常务 温州 苏州 江苏 江西 江北 江南 "
    "云南 云川 马上 明天 明年 明细 明确 石家 包括 包含 元整 元月 党员 程度 程序 管理 "
    "路费 顾问 顾客 司机 司法 权利 池州 宁波 宁夏 广东 广州 广告 钟点 文化 文件 文员 "
    "容易 简称 农业 农村 农民 农行 富余 印章 申请 申报 边远 乐园 齐全 纪念 强制 席位 "
    "梅花 夏季 秋季 山东 山西 谷物 巴士 华夏 华北 华东 华南 温馨 康复 康养 伍佰 陆佰 "
    "陆仟 伍仟 伍万 陆万 伍拾 陆拾 白条 黄金 付款 付息 付清 付租 左右 易购 岳父 "
    "岳母 祖父 祖母 宗地 古城 广场 成家 高度 高新 石油 石化 钱包 毛坯 温泉 孔子 乐意 "
    "安心 安居 祝您 祝好 江边 江滨 云端 水果 水产 水泥 金属 金店 安置 "
    "毛巾 蓝天 黄昏 白班 白领 包装 包工 包月 路程 路上 路口 路边 车费 车队 车站 万余 "
    "余下 元左 金寨 高铁 高速 高层 安家 方向 水平 古董 艾灸 印刷 巫山 牛奶 牛肉 羊肉 "
    "鱼塘 鱼类 沙发 钟表 钟头 冷链 冷冻 简历 简单 饶有 曾经 曾任 曾在 曾用 曾获 常见 "
    "常驻 常住 边际 储蓄 储备 温度 柴油 柏油 易贷 "
)
# Words that a business, a place, a post or a form has in its name, and no person.
NO_PERSON = """
above account accountant accounts administration administrator advance agency agreement airlines
amount analyst and annual apartment applicable application april area art as assistant
associates association august auto automotive avenue bakery bank bar bay bonus branch bridge
brothers building bureau business cafe card care cash center central centre certificate chief
china city clerk client clinic club co college commercial communications company consultant
consulting contact contract corp corporation council county court credit customer data date dear
debit december department deposit design designer development digital director district division
doctor dr driver east economic education electric electronics employee employer employment
energy engineer engineering enterprises equipment estate exchange executive express factory
family farm fashion february fee finance financial food foods force form friday full furniture
garage garden gas general global gmbh goods government grand group growers guarantor hall head
health high holding holdings home hospital hotel house housing human inc income industrial
industries information institute insurance interest international internet investment it january
july june kitchen laboratory land landlord lane law leader ledger lending letter limited line
llc llp loan logistics ltd machinery madam management manager manufacturing march market
marketing may media medical ministry miss mobile monday monthly mortgage motors mr mrs ms
municipal museum mx national net new none north not november number nurse nursery october of
office officer online operations order organization other paid park part partner partners pay
payment payroll pension personal pharmacy phone physician plan plant plaza plc police post power
president primary private product products prof professor program project property public
purchase railway real receptionist rent rental report representative research resources
restaurant retail retired river road room salary sales salon same saturday savings school
science secretary section security self self-employed senior september service services shipping
shop signatory signature sir social society software solutions south spouse square staff state
statement station steel store street studio sunday super supervisor supply support systems tax
taxi teacher team technician technology telecom tenant term textile the thursday to tower town
trade trading training transfer transport travel treasury trust tuesday unemployed unit
university utilities vice village ward warehouse water wednesday west wholesale whom worker
works workshop yes
"""
